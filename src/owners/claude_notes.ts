import { isAbsolute, join } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { entriesIn } from "../files/entries_in.ts";
import { AbsolutePath, ProcessId, SessionId } from "../run/checked_words.ts";
import type { ClaudeProcess } from "../run/owner.ts";
import { insteadOfAbsent } from "../system/ignore.ts";
import { once } from "../system/once.ts";
import { parseJson } from "../text/parse_json.ts";

/** What a process of Claude Code says about itself while it lives. */
export interface ClaudeNote {
  process: ClaudeProcess;
  /** The session that it holds now; another after `/clear` or `/resume`. */
  session: string;
  /** The folder in which it was started. */
  folder: string;
  /** When it was started, in milliseconds since 1970. */
  since: number;
  /** The machine and the namespace of its process id; `null` if it does not say. */
  domain: string | null;
}

/** `sessions/<pid>.json` (seen in 2.1.197, interactive and in print mode); removed at the end and, after a crash, by the next Claude Code; 2.1.332 leaves it then. */
const noteSchema = once(() =>
  z.object({
    pid: ProcessId,
    sessionId: SessionId,
    cwd: AbsolutePath,
    startedAt: z.number(),
    /** In ticks since the start of the system, on Linux. */
    procStart: z.optional(z.string()),
    /** Since 2.1.332 at the latest. */
    pidDomain: z.optional(z.string()),
  })
);

/** The folder of Claude Code's settings. One that is named relative to an unknown folder is not found. */
export function claudeHome(env: Record<string, string>): string {
  const named = env["CLAUDE_CONFIG_DIR"] ?? "";
  if (isAbsolute(named)) return named;
  const { HOME = "" } = env;
  return join(isAbsolute(HOME) ? HOME : "/", ".claude");
}

/** The text of the note of a process; `null` if there is none. */
export async function readNoteText(
  home: string,
  pid: number,
): Promise<string | null> {
  const path = join(sessionsFolder(home), `${pid}.json`);
  return await readTextBounded(path, { maxBytes: MAX_BYTES.note }).catch(
    insteadOfAbsent(null, "a process without a note is no Claude Code"),
  );
}

/** The note of a process; `null` if there is none, or it has an unknown form. */
export async function readNote(
  home: string,
  pid: number,
): Promise<ClaudeNote | null> {
  const text = await readNoteText(home, pid);
  const note = text === null ? null : parseJson(text, noteSchema);
  if (note === null || note.pid !== pid) return null;
  const { sessionId, cwd, startedAt, procStart, pidDomain } = note;
  return {
    process: { pid, started: procStart ?? String(startedAt), home },
    session: sessionId,
    folder: cwd,
    since: startedAt,
    domain: pidDomain ?? null,
  };
}

/** The notes of all processes that share these settings. */
export async function readNotes(home: string): Promise<ClaudeNote[]> {
  const entries = await entriesIn(sessionsFolder(home)).catch(
    insteadOfAbsent([], "without notes, sessions are told by their ids alone"),
  );
  const pids = entries.map(({ name }) => /^(\d{1,9})\.json$/.exec(name)?.[1]);
  const notes = await Promise.all(
    pids.map((pid) => pid === undefined ? null : readNote(home, Number(pid))),
  );
  return notes.filter((note) => note !== null);
}

/** What distinguishes a process from all others. */
export function processKey({ pid, started, home }: ClaudeProcess): string {
  return JSON.stringify([pid, started, home]);
}

/** Whether these are the same process, which is known. */
export function isSameProcess(
  a: ClaudeProcess | null,
  b: ClaudeProcess | null,
): boolean {
  return a !== null && b !== null && processKey(a) === processKey(b);
}

function sessionsFolder(home: string): string {
  return join(home, "sessions");
}
