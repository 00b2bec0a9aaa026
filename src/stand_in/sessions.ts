import { join } from "@std/path";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { entriesIn } from "../files/entries_in.ts";
import { NO_USAGE, type Usage } from "./usage.ts";

/** What the stand-in remembers about a thread between two turns. */
export interface Session {
  thread_id: string;
  /** Always the same, so that the file cannot be mistaken for one of Codex's. */
  model: "stand-in";
  thread_name: string;
  thread_source: string | null;
  cwd: string;
  turns: number;
  /** Tokens of all turns. */
  usage: Usage;
  updated_at: string;
}

/** A new thread without turns. */
export function newSession(cwd: string, threadSource: string | null): Session {
  return {
    thread_id: crypto.randomUUID(),
    model: "stand-in",
    thread_name: "agentctl stand-in thread",
    thread_source: threadSource,
    cwd,
    turns: 0,
    usage: NO_USAGE,
    updated_at: new Date().toISOString(),
  };
}

/** Folder of the sessions below Codex's home. */
export function sessionFolder(codexHome: string): string {
  return join(codexHome, "agentctl-stand-in");
}

/** Writes a session so that readers see the old or the new one, never half of it. */
export async function saveSession(
  folder: string,
  session: Session,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const path = join(folder, `${session.thread_id}.json`);
  await writeJsonAtomic(path, session, { durable: false });
}

/** Reads a session; `undefined` if there is none with this id. */
export async function loadSession(
  folder: string,
  threadId: string,
): Promise<Session | undefined> {
  try {
    return JSON.parse(
      await Deno.readTextFile(join(folder, `${threadId.toLowerCase()}.json`)),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The session that was used last, in one folder or, without `cwd`, in any. */
export async function lastSession(
  folder: string,
  cwd?: string,
): Promise<Session | undefined> {
  let newest: Session | undefined;
  for (const { name } of await entriesIn(folder)) {
    if (!name.endsWith(".json")) continue;
    const session = await loadSession(folder, name.slice(0, -".json".length));
    if (!session || (cwd !== undefined && session.cwd !== cwd)) continue;
    if (!newest || session.updated_at > newest.updated_at) newest = session;
  }
  return newest;
}
