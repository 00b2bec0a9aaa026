import { spellingsOf, TASK_OPTION_ROWS } from "../task/task_option_rows.ts";
import { commandFirst } from "../terminal/command_words.ts";
import {
  COMMAND_RULES,
  type CommandRule,
  COMMON_OPTIONS,
  type OptionRule,
  takesValue,
} from "./call_rules.ts";

/** A call of agentctl as far as the hook understands it. */
export interface ReadCall {
  /** The name of the command. */
  name: string;
  rule: CommandRule;
  args: string[];
  /** By full or short name; all values of an option that was given several times. */
  options: Map<string, (string | true)[]>;
  /** The text of its here-document. */
  heredoc: string | null;
}

/** The options of a task, as rules. */
const TASK_OPTIONS: Record<string, OptionRule> = Object.fromEntries(
  TASK_OPTION_ROWS.flatMap(spellingsOf).map(({ name, value }) => [
    name,
    value === undefined ? "flag" as const : "text" as const,
  ]),
);

/**
 * Reads the words of a call of agentctl as the command line does, but accepts no
 * value that begins with a dash unless it is joined by `=`, or is the dash of
 * `--batch`. `null` for an unknown command or option, and for words that could
 * be read in another way.
 */
export function readCall(
  [program, ...spoken]: readonly string[],
  heredoc: string | null,
): ReadCall | null {
  if (program !== "agentctl") return null;
  const [name = "", ...words] = commandFirst(
    spoken,
    (name) => Object.hasOwn(COMMAND_RULES, name),
  );
  if (["version", "--help", "-h", "--version", "-V"].includes(name)) {
    return words.length > 0 || heredoc !== null ? null : plainCall("help");
  }
  const call = plainCall(name);
  if (call === null) return null;
  if (heredoc !== null && !call.rule.takesHeredoc) return null;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!word.startsWith("-")) {
      call.args.push(word);
      continue;
    }
    const [, dashes = "", option = "", inline] =
      /^(--?)([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const rule = ruleOf(call.rule, option);
    // A letter has one dash, a name has two.
    if (rule === undefined || (dashes === "-") !== (option.length === 1)) {
      return null;
    }
    const hasValue = takesValue(rule);
    if (!hasValue && inline !== undefined) return null;
    const value = hasValue ? inline ?? words[++i] : true;
    if (value === undefined) return null;
    const isBare = value !== true && inline === undefined &&
      value.startsWith("-");
    if (isBare && !(rule === "batch" && value === "-")) return null;
    const values = call.options.get(option) ?? [];
    call.options.set(option, [...values, value]);
  }
  return { ...call, heredoc };
}

/** Whether a call starts, ends and changes nothing. */
export function looksOnly(call: ReadCall): boolean {
  const { rule, options } = call;
  if (options.has("help") || options.has("h") || isPreview(call)) return true;
  return rule.looks === true &&
    [...options.keys()].every((name) => typeof ruleOf(rule, name) === "string");
}

/** Whether a call only says what the command would do. */
export function isPreview({ rule, options }: ReadCall): boolean {
  return [...options.keys()].some((name) => ruleOf(rule, name) === "preview");
}

/** The value that counts for an option: the last one. `undefined` for none, and for a switch. */
export function valueOf(call: ReadCall, option: string): string | undefined {
  const value = call.options.get(option)?.at(-1);
  return value === true ? undefined : value;
}

/** A call without words; `null` for an unknown command. */
export function plainCall(name: string): ReadCall | null {
  if (!Object.hasOwn(COMMAND_RULES, name)) return null;
  const rule = COMMAND_RULES[name];
  if (rule === undefined) return null;
  return { name, rule, args: [], options: new Map(), heredoc: null };
}

/** How an option of a command is treated; `undefined` if the command has no such option. */
export function ruleOf(
  { makes, options = {} }: CommandRule,
  name: string,
): OptionRule | undefined {
  for (const rules of [options, makes ? TASK_OPTIONS : {}, COMMON_OPTIONS]) {
    if (Object.hasOwn(rules, name)) return rules[name];
  }
  return undefined;
}
