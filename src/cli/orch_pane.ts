import { prepareOrchestrator } from "../claude/orchestrator/prepare.ts";
import { leavePane, ownPane } from "../claude/orchestrator/pane.ts";
import { runInTerminal } from "../system/terminal_program.ts";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { flag } from "../terminal/option_spec.ts";
import type { FleetContext } from "../workspace/context.ts";
import { command, HOME_OPTION } from "./command.ts";

export default command({
  name: "_orch",
  summary: "the process in the orchestrator's pane",
  usage: "_orch <env file> <folder> -- [claude options]",
  description:
    "Runs the orchestrator in the window that `agentctl orch` has opened. For internal use.",
  action: "start the orchestrator",
  args: "<env-file> <folder>",
  argsHint: "call agentctl orch",
  passesOn: true,
  options: {
    ...HOME_OPTION,
    mcp: flag("let Claude Code call agentctl through MCP"),
  },
  examples: ["agentctl _orch env.json ."],
  async run({ args, rest, options, caller, fleet }) {
    const [envFile, folder] = args;
    const given = JSON.parse(
      await readTextBounded(envFile, { maxBytes: MAX_BYTES.settings }),
    );
    await Deno.remove(envFile);
    // Only the place of the pane itself: everything else is as it was for the caller.
    const { TMUX = "", TMUX_PANE = "" } = caller.env;
    const env: Record<string, string> = {
      ...given,
      TMUX,
      TMUX_PANE,
      TERM: caller.env["TERM"] ?? "screen",
    };
    const context = { ...await fleet(), caller: { cwd: folder, env } };
    const pane = await ownPane(context, true);
    const { mcp } = options;
    return await runOrchestrator(context, pane, { mcp, claudeArgs: rest });
  },
});

/** Runs Claude Code as the orchestrator in this pane until it ends. Returns its exit code. */
export async function runOrchestrator(
  context: FleetContext,
  pane: string | null,
  options: { mcp: boolean; claudeArgs: readonly string[] },
): Promise<number> {
  const { args, env } = await prepareOrchestrator(context, pane, options);
  const { cwd } = context.caller;
  try {
    return await runInTerminal("claude", args, { env, cwd });
  } finally {
    await leavePane(context, pane);
  }
}
