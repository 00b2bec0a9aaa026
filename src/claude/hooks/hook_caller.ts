import type { Caller } from "../../workspace/workspace.ts";

/** What the input of every hook says about the session. */
export interface HookInput {
  cwd?: unknown;
  session_id?: unknown;
}

/** The caller of a hook: the session that its input names, in its folder. */
export function hookCaller(
  { cwd, session_id }: HookInput,
  { env, ...caller }: Caller,
): Caller {
  return {
    ...caller,
    cwd: typeof cwd === "string" ? cwd : caller.cwd,
    env: typeof session_id === "string"
      ? { ...env, CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: session_id }
      : env,
  };
}
