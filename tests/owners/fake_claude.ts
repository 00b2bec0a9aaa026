import { join } from "@std/path";
import type { RunOwner } from "../../src/run/owner.ts";

/** A process of Claude Code as far as agentctl sees it: by its note, and by the variables of its commands. */
export interface FakeClaude {
  /** The variables of its commands. */
  env: Record<string, string>;
  /** Who asks for the runs that it starts. */
  owner: RunOwner & { session: string };
  /** The same process, with another session, as after `/clear`. */
  cleared(session: string): Promise<FakeClaude>;
  /** Ends it, and with it its note. */
  end(): Promise<void>;
}

/** What every test has, beside the variables of the session. */
export interface FakeClaudeOptions {
  env: Record<string, string>;
  session: string;
  pid: number;
  folder: string;
  pane?: string;
}

/** Starts one that holds a session. */
export async function fakeClaude(
  { env, session, pid, folder, pane }: FakeClaudeOptions,
): Promise<FakeClaude> {
  const home = join(env["HOME"] ?? "", ".claude");
  const sessions = join(home, "sessions");
  const note = join(sessions, `${pid}.json`);
  const started = String(pid * 1000);
  await Deno.mkdir(sessions, { recursive: true });
  const hold = async (session: string): Promise<FakeClaude> => {
    await Deno.writeTextFile(
      note,
      JSON.stringify({
        ...{ pid, sessionId: session, cwd: folder, procStart: started },
        ...{ startedAt: Date.now(), kind: "interactive", status: "busy" },
      }),
    );
    return {
      env: {
        ...env,
        CLAUDECODE: "1",
        CLAUDE_CODE_SESSION_ID: session,
        ...pane === undefined ? {} : { TMUX_PANE: pane },
      },
      owner: {
        session,
        process: { pid, started, home },
        pane: pane ?? null,
        folder,
      },
      cleared: hold,
      end: () => Deno.remove(note),
    };
  };
  return await hold(session);
}
