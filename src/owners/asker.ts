import { PaneId, SessionId } from "../run/checked_words.ts";
import type { ClaudeProcess, RunOwner } from "../run/owner.ts";
import type { RunRecord } from "../run/record.ts";
import { ancestorsOf } from "../system/processes.ts";
import type { Caller } from "../workspace/workspace.ts";
import {
  claudeHome,
  type ClaudeNote,
  readNote,
  readNotes,
} from "./claude_notes.ts";
import { isNotedGone } from "./gone_processes.ts";

/** A session of Claude Code that calls agentctl. */
export interface Asker {
  session: string;
  /** `null` if it is not known. */
  process: ClaudeProcess | null;
  /** The folder of the session. */
  folder: string;
}

/**
 * The session of Claude Code that makes a call; `null` for the user. Its variables
 * name the session, and its note the process. With `search`, also looks among the
 * processes that this one comes from: while a session is being resumed, the note
 * still names another one.
 */
export async function askerOf(
  caller: Caller,
  { search = false } = {},
): Promise<Asker | null> {
  const { cwd, env, isServer = false } = caller;
  const named = SessionId.safeParse(env["CLAUDE_CODE_SESSION_ID"]);
  if (!env["CLAUDECODE"] || !named.success) return null;
  const session = named.data;
  const home = claudeHome(env);
  if (isServer) {
    // Its variables are as old as it is, and the session may be another by now.
    const note = await noteOfServer(home, env);
    if (note !== null) return askerIn(note, note.session);
  }
  const all = (await readNotes(home)).filter((note) =>
    note.session === session
  );
  const notes = all.length === 1 ? all : await living(all, env);
  // Two windows on one conversation differ only in their processes.
  const [only] = notes.length === 1 ? notes : [];
  const above = search || notes.length > 1 ? await noteAbove(home, env) : null;
  const note = above ?? only ?? null;
  return note === null
    ? { session, process: null, folder: cwd }
    : askerIn(note, session);
}

async function living(
  notes: readonly ClaudeNote[],
  env: Record<string, string>,
): Promise<ClaudeNote[]> {
  const gone = await Promise.all(
    notes.map(({ process }) => isNotedGone(env, process)),
  );
  return notes.filter((_, index) => !gone[index]);
}

function askerIn({ process, folder }: ClaudeNote, session: string): Asker {
  return { session, process, folder };
}

/** Who asks for a run. The user who continues or repeats a session's run asks for that session. */
export async function ownerFor(
  caller: Caller,
  before?: Pick<RunRecord, "owner">,
): Promise<RunOwner> {
  const asker = await askerOf(caller);
  if (asker === null && before?.owner?.session) return before.owner;
  const pane = PaneId.safeParse(caller.env["TMUX_PANE"]);
  return {
    session: asker?.session ?? null,
    process: asker?.process ?? null,
    pane: pane.success ? pane.data : null,
    folder: asker?.folder ?? caller.cwd,
  };
}

/** The process above this one that is Claude Code. */
async function noteAbove(
  home: string,
  env: Record<string, string>,
): Promise<ClaudeNote | null> {
  for (const pid of await ancestorsOf(Deno.pid, env)) {
    const note = await readNote(home, pid);
    if (note !== null) return note;
  }
  return null;
}

/** Where the note of the process is that started this server; it does not change. */
let served: number | undefined;

async function noteOfServer(
  home: string,
  env: Record<string, string>,
): Promise<ClaudeNote | null> {
  // The note may be younger than the server, so it is looked for until it is there.
  const note = await readNote(home, served ?? Deno.ppid) ??
    (served === undefined ? await noteAbove(home, env) : null);
  served ??= note?.process.pid;
  return note;
}
