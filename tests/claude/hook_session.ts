import { join } from "@std/path";
import { preToolUse } from "../../src/claude/hooks/pre_tool_use.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** What the hook says about a call. */
export interface HookDecision {
  decision: "allow" | "ask" | "deny" | null;
  reason: string;
}

/** A session of Claude Code as far as its hook sees it, in folders of its own. */
export interface HookSession extends AsyncDisposable {
  home: string;
  /** The folder of the session; `/home/me/repository` in commands is this one. */
  folder: string;
  env: Record<string, string>;
  decide(
    command: unknown,
    more?: Record<string, unknown>,
  ): Promise<HookDecision>;
  /** What the hook prints for Claude Code; `null` for nothing. */
  answer(
    command: unknown,
    more?: Record<string, unknown>,
  ): Promise<Record<string, string> | null>;
}

/** Files of Codex: a profile without a sandbox, one with network, one with a further folder, one of the older form. */
export const PROFILES: Record<string, string> = {
  "spark.config.toml": "",
  "deep.config.toml": 'sandbox_mode = "workspace-write"\n',
  "free.config.toml": 'sandbox_mode = "danger-full-access"\n',
  "web.config.toml": "[sandbox_workspace_write]\nnetwork_access = true\n",
  "wide.config.toml":
    '[sandbox_workspace_write]\nwritable_roots = ["/var/lib"]\n',
  "config.toml": "[profiles.old]\nsandbox_mode = 'danger-full-access'\n",
};

/** What the hook prints about the call of a tool. */
async function answerOfHook(
  call: Record<string, unknown>,
  env: Record<string, string>,
): Promise<Record<string, string> | null> {
  const json = await preToolUse(JSON.stringify(call), env);
  return json && JSON.parse(json).hookSpecificOutput;
}

function decisionIn(said: Record<string, string> | null): HookDecision {
  return {
    decision: said?.["permissionDecision"] as HookDecision["decision"] ?? null,
    reason: said?.["permissionDecisionReason"] ?? "",
  };
}

/** Asks the hook about the call of a tool, in any folder and environment. */
export async function askHook(
  ...call: Parameters<typeof answerOfHook>
): Promise<HookDecision> {
  return decisionIn(await answerOfHook(...call));
}

/**
 * Makes a session with a home, profiles of Codex and a workspace in the home,
 * with these settings, in which the project `shop`, elsewhere, is registered.
 */
export async function makeSession(
  config: Record<string, unknown> = {},
): Promise<HookSession> {
  const temporary = await temporaryFolder();
  const home = temporary.path;
  const folder = join(home, "repository");
  const codex = join(home, ".codex");
  const workspace = join(home, ".ai-orch");
  await Deno.mkdir(join(folder, "packages", "tax"), { recursive: true });
  for (const path of [codex, join(workspace, "runs"), join(home, "shop")]) {
    await Deno.mkdir(path, { recursive: true });
  }
  for (const [name, text] of Object.entries(PROFILES)) {
    await Deno.writeTextFile(join(codex, name), text);
  }
  const projects = { shop: { path: join(home, "shop") } };
  await Deno.writeTextFile(
    join(workspace, "projects.json"),
    JSON.stringify({ schema: 1, projects }),
  );
  await Deno.writeTextFile(
    join(workspace, "config.jsonc"),
    JSON.stringify(config),
  );
  const env = { HOME: home, PATH: "/usr/bin:/bin" };
  const answer: HookSession["answer"] = async (command, more = {}) => {
    const own = (text: string) =>
      text.replaceAll("/home/me/repository", folder);
    return await answerOfHook({
      session_id: "s",
      cwd: folder,
      permission_mode: "default",
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_input: {
        command: typeof command === "string" ? own(command) : command,
      },
      ...more,
    }, env);
  };
  return {
    home,
    folder,
    env,
    answer,
    decide: async (command, more) => decisionIn(await answer(command, more)),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}
