import { isHarmlessCall, isHarmlessTool } from "./harmless_call.ts";
import { parseSimpleCommand } from "./simple_command.ts";

/** How Claude Code names the tools of the MCP server that the plugin `agentctl` registers as `agentctl`. */
export const MCP_TOOL_PREFIX = "mcp__plugin_agentctl_agentctl__";

/** How it names those of the server that `agentctl orch --mcp` registers. */
export const ORCH_TOOL_PREFIX = "mcp__agentctl__";

/**
 * The answer to a PreToolUse hook of Claude Code, given its input as JSON:
 * `allow` for one harmless call of agentctl and nothing else, else `null`,
 * with which Claude Code asks or refuses as always. Rules of the person that
 * deny or ask come first in Claude Code.
 *
 * Runs at every call of the Bash tool, so it imports next to nothing.
 */
export async function preToolUse(
  json: string,
  env: Record<string, string>,
): Promise<string | null> {
  if (!await isHarmless(JSON.parse(json), env)) return null;
  return JSON.stringify({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "allow",
      permissionDecisionReason: "One call of agentctl, and nothing else",
    },
  });
}

/** What of the input matters here; it comes from Claude Code, but may be anything. */
interface HookInput {
  cwd?: unknown;
  permission_mode?: unknown;
  tool_name?: unknown;
  tool_input?: Record<string, unknown> | null;
}

async function isHarmless(
  { cwd, permission_mode, tool_name, tool_input }: HookInput,
  env: Record<string, string>,
): Promise<boolean> {
  if (
    typeof cwd !== "string" || typeof tool_name !== "string" ||
    typeof tool_input !== "object" || tool_input === null
  ) return false;
  const site = { cwd, isPlanning: permission_mode === "plan", env };
  for (const prefix of [MCP_TOOL_PREFIX, ORCH_TOOL_PREFIX]) {
    if (!tool_name.startsWith(prefix)) continue;
    return await isHarmlessTool(
      tool_name.slice(prefix.length),
      tool_input,
      site,
    );
  }
  const { command: text, dangerouslyDisableSandbox } = tool_input;
  if (
    tool_name !== "Bash" || typeof text !== "string" ||
    dangerouslyDisableSandbox === true
  ) return false;
  const command = parseSimpleCommand(text);
  if (
    command === null ||
    !await isHarmlessCall(command.words, command.heredoc, site)
  ) return false;
  const { isOwnProgram } = await import("./own_program.ts");
  return await isOwnProgram(env, cwd);
}
