import type { Reason } from "../../permission/reasons_to_ask.ts";
import type { CallSite } from "../../permission/call_site.ts";
import type { ReadCall } from "../../permission/read_call.ts";
import { hookCaller, type HookInput } from "./hook_caller.ts";

/** How Claude Code names the tools of the MCP server that the plugin `agentctl` registers as `agentctl`. */
export const MCP_TOOL_PREFIX = "mcp__plugin_agentctl_agentctl__";

/** How Claude Code names those of the server that `agentctl orch --mcp` registers. */
export const ORCH_TOOL_PREFIX = "mcp__agentctl__";

/** An answer to a hook: `allow` without asking, or `ask` the user, whatever the mode. */
interface Decision {
  decision: "allow" | "ask";
  reason: string;
}

/**
 * The answer to a PreToolUse hook of Claude Code, given its input as JSON.
 * `allow` for a single plain call of agentctl that gives no more than the
 * session has; `ask`, with the reason, for every other call of agentctl; `null`
 * for anything else, so that Claude Code decides as usual. An `ask` opens a
 * dialog in every mode, overrides allow rules, and denies with the reason if
 * nobody can be asked (Claude Code 2.1.197 and 2.1.332).
 *
 * Runs at every call of the Bash tool, so it loads modules only when needed.
 */
export async function preToolUse(
  json: string,
  env: Record<string, string>,
): Promise<string | null> {
  const input: ToolInput | null = JSON.parse(json);
  const decided = input === null ? null : await decide(
    input,
    // Words such as @last mean runs of this session.
    hookCaller(input, { cwd: "/", env }).env,
  );
  if (decided === null) return null;
  return JSON.stringify({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: decided.decision,
      permissionDecisionReason: decided.reason,
    },
  });
}

/** The parts of the input that matter here; it comes from Claude Code, but may be anything. */
interface ToolInput extends HookInput {
  permission_mode?: unknown;
  tool_name?: unknown;
  tool_input?: Record<string, unknown> | null;
}

async function decide(
  input: ToolInput,
  env: Record<string, string>,
): Promise<Decision | null> {
  const { cwd, tool_name, tool_input } = input;
  if (
    typeof cwd !== "string" || typeof tool_name !== "string" ||
    typeof tool_input !== "object" || tool_input === null
  ) return null;
  const isPlanning = input.permission_mode === "plan";
  const tool = [MCP_TOOL_PREFIX, ORCH_TOOL_PREFIX]
    .find((prefix) => tool_name.startsWith(prefix));
  if (tool !== undefined) {
    const { readToolCalls } = await import(
      "../../permission/read_tool_calls.ts"
    );
    const calls = readToolCalls(tool_name.slice(tool.length), tool_input);
    // The server runs where Claude Code was started.
    const folder = env["CLAUDE_PROJECT_DIR"] || cwd;
    return await judge(calls, { cwd: folder, folder, env }, isPlanning);
  }
  const { command: text, dangerouslyDisableSandbox } = tool_input;
  if (tool_name !== "Bash" || typeof text !== "string") return null;
  // Any spelling of agentctl contains its letters in sequence, apart from quotes.
  if (!text.replaceAll(/\\\n|['"\\]/g, "").includes("agentctl")) return null;
  const { readCommand } = await import("./read_command.ts");
  const command = readCommand(text);
  if (command === null) {
    const { namesAgentctl } = await import("./names_agentctl.ts");
    if (!namesAgentctl(text)) return null;
  }
  const site = {
    cwd,
    folder: sessionFolder(cwd, env),
    env,
    moved: command?.folder,
  };
  const decided = await judge(command && [command.call], site, isPlanning);
  if (decided.decision === "allow") {
    const { isOwnProgram } = await import("./own_program.ts");
    if (!await isOwnProgram(env, cwd)) return await ask([FOREIGN]);
  }
  // Leaving Claude's own sandbox is for the user to decide.
  return dangerouslyDisableSandbox === true && decided.decision === "allow"
    ? null
    : decided;
}

const FOREIGN: Reason = {
  kind: "unclear",
  words: "a shell here would find another program by that name",
};

const PLANNING: Reason = {
  kind: "unclear",
  words: "it starts or ends something, and this is plan mode",
};

/** The folder in which the session may act: the one in which Claude Code was started, unless it has left it. */
function sessionFolder(cwd: string, env: Record<string, string>): string {
  const project = env["CLAUDE_PROJECT_DIR"] ?? "";
  return project !== "" && cwd.startsWith(`${project}/`) ? project : cwd;
}

async function judge(
  calls: ReadCall[] | null,
  site: CallSite,
  isPlanning: boolean,
): Promise<Decision> {
  const { reasonsOfCalls } = await import("../../permission/judge_call.ts");
  const reasons = await reasonsOfCalls(calls, site);
  const { looksOnly } = await import("../../permission/read_call.ts");
  if (isPlanning && calls?.every(looksOnly) === false) reasons.push(PLANNING);
  return reasons.length === 0
    ? { decision: "allow", reason: "It gives no more than this session has" }
    : await ask(reasons);
}

async function ask(reasons: readonly Reason[]): Promise<Decision> {
  const { inWords } = await import("../../permission/judge_call.ts");
  return {
    decision: "ask",
    reason: `agentctl asks you because ${inWords(reasons)}`,
  };
}
