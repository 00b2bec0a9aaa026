import { TOOL_NAMES } from "../../permission/tool_rules.ts";

/** What the prompt adds for `--mcp`. */
export const MCP_WORDS = `## Tools instead of commands

The MCP server agentctl has these tools: ${
  TOOL_NAMES.map((name) => `\`${name}\``).join(", ")
}. Each does what the command of its name does, with the same options as arguments; \`start_batch\` starts many tasks, and \`merge_preview\` says what \`agentctl merge\` would do. Use them instead of the commands: prompts then need neither heredoc nor quoting. What has no tool, such as \`merge\`, \`discard\` and \`ack\`, you call in the shell.

Call \`wait\` for each run, all of them in one message. After some seconds Claude Code moves the calls to the background; keep talking with the user, and each result comes by itself: you need no \`show\`. If a wait answers after 30 seconds that the run is still running, this Claude Code cannot do that and does not hear the user while a tool blocks: wait with \`agentctl wait ID\` as a background command from then on.`;

/** After this time Claude Code moves a call of an MCP tool to the background. */
const BACKGROUND_VARIABLE = "CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS";

/**
 * The user is not heard while a tool blocks, by default for two minutes (Claude
 * Code 2.1.332). No tool of agentctl but `wait` takes this long unless the machine
 * is busy, and then its answer comes as that of a wait does. It counts for other
 * servers of the user's too, so it is set only for an orchestrator with tools.
 */
const BACKGROUND_MS = "10000";

/** The variables with which Claude Code hears the user during a wait; the user's own value stays. */
export function backgroundVariables(
  env: Record<string, string>,
): Record<string, string> {
  return { [BACKGROUND_VARIABLE]: env[BACKGROUND_VARIABLE] ?? BACKGROUND_MS };
}
