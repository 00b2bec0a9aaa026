import { writeStderr, writeStdout } from "../system/standard_output.ts";
import { type Call, command } from "./command.ts";
import { ignore } from "../system/ignore.ts";

/** The exit code of a hook that makes Claude Code show stderr to the model. */
const WAKE = 2;

/**
 * A hook never fails: whatever it cannot do, Claude Code continues without it.
 * Its module is loaded when the hook is called, because a hook runs at every
 * Bash call.
 */
export default command({
  name: "_hook",
  summary: "the hooks that Claude Code calls",
  usage: "_hook pre-tool-use | session-start | post-tool-use | result-read",
  description:
    "The hooks that `agentctl claude install` gives to Claude Code. For internal use.",
  action: "run the hook",
  args: "[word]...",
  options: {},
  examples: ["agentctl _hook pre-tool-use < input.json"],
  raw: true,
  async run({ args, caller }) {
    try {
      return await runHook(args[0], caller);
    } catch (error) {
      ignore(error, "Claude Code continues without the hook");
      return 0;
    }
  },
});

/** Runs one hook with its input on stdin, and returns the exit code. */
export async function runHook(
  name: string | undefined,
  caller: Call["caller"],
): Promise<number> {
  const json = await new Response(Deno.stdin.readable).text();
  if (name === "pre-tool-use") {
    const { preToolUse } = await import("../claude/hooks/pre_tool_use.ts");
    const answer = await preToolUse(json, caller.env);
    if (answer !== null) writeStdout(answer + "\n");
  } else if (name === "session-start") {
    const { sessionStart } = await import("../claude/hooks/session_start.ts");
    const { hookCaller } = await import("../claude/hooks/hook_caller.ts");
    const input = JSON.parse(json);
    const text = await sessionStart(hookCaller(input, caller), input.source);
    if (text !== null) writeStdout(text + "\n");
  } else if (name === "post-tool-use") {
    const { postToolUse } = await import("../claude/hooks/post_tool_use.ts");
    const text = await postToolUse(json, caller.env);
    if (text === null) return 0;
    writeStderr(text + "\n");
    return WAKE;
  } else if (name === "result-read") {
    const { resultRead } = await import("../claude/hooks/result_read.ts");
    await resultRead(json, caller.env);
  }
  return 0;
}
