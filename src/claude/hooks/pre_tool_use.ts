import type { Reason } from "../../permission/reasons_to_ask.ts";
import { type CallSite, placeOf } from "../../permission/call_site.ts";
import type { ReadCall } from "../../permission/read_call.ts";
import type { ReadCommand } from "./read_command.ts";
import { hookCaller, type HookInput } from "./hook_caller.ts";
import { ignore } from "../../system/ignore.ts";

/** How Claude Code names the tools of the MCP server that the plugin `agentctl` registers as `agentctl`. */
export const MCP_TOOL_PREFIX = "mcp__plugin_agentctl_agentctl__";

/** How Claude Code names those of the server that `agentctl orch --mcp` registers. */
export const ORCH_TOOL_PREFIX = "mcp__agentctl__";

/** An answer to a hook: `allow` without asking, `ask` the user, whatever the mode, or `deny`, with the form that would work. */
interface Decision {
  decision: "allow" | "ask" | "deny";
  reason: string;
}

/**
 * The answer to a PreToolUse hook of Claude Code, given its input as JSON.
 * `allow` for calls of agentctl that are understood word for word and give no
 * more than the session has; `deny` for those of them that cannot work; `ask`,
 * with the reason, for every other command that calls agentctl; `null` for
 * anything else, so that Claude Code decides as usual. An `ask` opens a
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
  if (input === null) return null;
  // Words such as @last mean runs of this session.
  const decided = await decide(input, hookCaller(input, { cwd: "/", env }).env)
    // In auto mode, silence would leave it to a classifier.
    .catch((error) => {
      ignore(error, "what cannot be judged asks");
      return ask(null);
    });
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
    const site = { cwd: folder, folder, env };
    const reasons = await reasonsOf(calls, site, isPlanning);
    return reasons.length === 0 ? ALLOWED : await ask(reasons, site);
  }
  const { command: text, dangerouslyDisableSandbox } = tool_input;
  if (tool_name !== "Bash" || typeof text !== "string") return null;
  // Any spelling of agentctl contains its letters in sequence, apart from quotes.
  if (!text.replaceAll(/\\\n|['"\\]/g, "").includes("agentctl")) return null;
  const { readCommand } = await import("./read_command.ts");
  const command = readCommand(text, { env, isOld: mayBeOldBash(env) });
  if (command === null) {
    const { namesAgentctl } = await import("./names_agentctl.ts");
    return namesAgentctl(text) ? await ask(null) : null;
  }
  const site = { cwd, folder: sessionFolder(cwd, env), env };
  const reasons: Reason[] = [];
  for (const [moved, { calls, files }] of command.places) {
    const place = moved === null ? site : await movedTo(moved, site);
    reasons.push(...await reasonsOf(calls, place, isPlanning, files));
    if (!await isTrusted(command, place)) reasons.push(FOREIGN);
  }
  if (reasons.length > 0) return await ask(reasons, site);
  if (command.faults.length > 0) {
    const { faultsInWords } = await import("./fault_words.ts");
    return { decision: "deny", reason: faultsInWords(command.faults) };
  }
  return dangerouslyDisableSandbox === true ? await ask([LEAVING]) : ALLOWED;
}

const ALLOWED: Decision = {
  decision: "allow",
  reason: "It gives no more than this session has",
};

const FOREIGN: Reason = {
  kind: "unclear",
  words: "a shell here would find another program by a name in this command",
};

const LEAVING: Reason = {
  kind: "unclear",
  words: "it would run outside the sandbox of Claude Code's Bash tool",
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

async function reasonsOf(
  calls: ReadCall[] | null,
  site: CallSite,
  isPlanning: boolean,
  files: readonly string[] = [],
): Promise<Reason[]> {
  const { reasonsOfCalls } = await import("../../permission/judge_call.ts");
  const reasons = await reasonsOfCalls(calls, site, files);
  const { looksOnly } = await import("../../permission/read_call.ts");
  if (isPlanning && calls?.every(looksOnly) === false) reasons.push(PLANNING);
  return reasons;
}

/** A shell follows the links of a `cd`, and what it starts knows only where they lead. */
async function movedTo(moved: string, site: CallSite): Promise<CallSite> {
  const { realPathSoFar } = await import("../../system/real_path.ts");
  return { ...site, moved: await realPathSoFar(placeOf({ ...site, moved })) };
}

/** Whether the programs of a command are ours, and the user's. */
async function isTrusted(
  { names, paths }: ReadCommand,
  site: CallSite,
): Promise<boolean> {
  const { areUsersPrograms, isOwnProgram, isSelf } = await import(
    "./own_program.ts"
  );
  const { env, folder } = site;
  const place = { cwd: placeOf(site), folder };
  const others = [...names].filter((name) => name !== "agentctl");
  if (names.has("agentctl") && !await isOwnProgram(env, place)) return false;
  for (const path of paths) if (!await isSelf(path, folder, env)) return false;
  return others.length === 0 || await areUsersPrograms(others, env, place);
}

/** bash of macOS is of 2007; Claude Code takes it if the user has it, and otherwise prefers zsh. */
function mayBeOldBash(env: Record<string, string>): boolean {
  return Deno.build.os === "darwin" &&
    (env["CLAUDE_CODE_SHELL"] || env["SHELL"] || "").includes("bash");
}

/** `null` stands for what is not understood. */
async function ask(
  reasons: readonly Reason[] | null,
  site?: CallSite,
): Promise<Decision> {
  const { inWords, UNREAD } = await import("../../permission/judge_call.ts");
  const reason = `agentctl asks you because ${inWords(reasons ?? [UNREAD])}`;
  if (site && reasons?.some(({ approves }) => approves)) {
    const { noteAsked } = await import("./note_asked.ts");
    const refusal = await noteAsked(reasons, reason, site);
    if (refusal !== null) return { decision: "deny", reason: refusal };
  }
  return { decision: "ask", reason };
}
