import { takesValue } from "./call_rules.ts";
import { plainCall, type ReadCall, ruleOf } from "./read_call.ts";
import { toolRule } from "./tool_rules.ts";

/**
 * Reads a call of one of the tools of `agentctl mcp`, which take the options of
 * a command as arguments: as a call of the command, or for `start_batch` one
 * call for each task. `null` for anything unknown.
 */
export function readToolCalls(
  name: string,
  input: Record<string, unknown>,
): ReadCall[] | null {
  if (name !== "start_batch") {
    const call = readToolCall(name, input);
    return call && [call];
  }
  const { tasks, ...rest } = input;
  if (!Array.isArray(tasks) || Object.keys(rest).length > 0) return null;
  const calls: ReadCall[] = [];
  for (const task of tasks) {
    if (typeof task !== "object" || task === null) return null;
    const { name: _, ...options } = task;
    const call = readToolCall("start", options);
    if (call === null) return null;
    calls.push(call);
  }
  return calls;
}

function readToolCall(
  name: string,
  input: Record<string, unknown>,
): ReadCall | null {
  const tool = toolRule(name);
  const call = tool ? plainCall(tool.command) : null;
  if (!tool || call === null) return null;
  for (const option of tool.always ?? []) call.options.set(option, [true]);
  // In this order, whatever the order in the input.
  const args = ["run_id", "run_ids", ...tool.args ?? []];
  const texts = (value: unknown) => {
    const values = value === undefined ? [] : [value].flat();
    return values.every(isPlain) ? values.map(String) : null;
  };
  for (const key of args) {
    const given = texts(Object.hasOwn(input, key) ? input[key] : undefined);
    if (given === null) return null;
    call.args.push(...given);
  }
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined || args.includes(key)) continue;
    const given = texts(value);
    if (given === null) return null;
    const option = key.replace(/_seconds$/, "").replaceAll("_", "-");
    const rule = ruleOf(call.rule, option);
    if (rule === undefined) return null;
    const isSwitch = !takesValue(rule);
    if (!isSwitch) call.options.set(option, given);
    // We do not know here which of its values gives more.
    else if (value !== false) call.options.set(option, [true]);
  }
  return call;
}

function isPlain(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
