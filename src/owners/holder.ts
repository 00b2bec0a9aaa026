import type { ClaudeProcess, RunOwner } from "../run/owner.ts";
import {
  claudeHome,
  isSameProcess,
  processKey,
  readNote,
  readNotes,
} from "./claude_notes.ts";
import { isNotedGone } from "./gone_processes.ts";
import { readLinks, type SessionLink } from "./session_links.ts";

/** Who holds the sessions of an owner now. */
export interface Holder {
  /** The live process that the owner's runs belong to; `null` if there is none, or none is known. */
  process: ClaudeProcess | null;
  /** Whether the owner has left them behind to that process. */
  isHeir: boolean;
  /** The sessions that are linked with the owner's. */
  sessions: ReadonlySet<string>;
  /** Whether it is certain that no process holds any of them. */
  isGone: boolean;
  /** When one of them was last linked, in milliseconds since 1970; 0 if never. */
  lastLinked: number;
}

/** Finds holders. Reads what it needs when it needs it, and only once. */
export interface Holders {
  find(owner: RunOwner & { session: string }): Promise<Holder>;
  links(): Promise<SessionLink[]>;
}

/** A process that may hold an owner's sessions, and since when. */
interface Claim {
  process: ClaudeProcess;
  since: number;
  isHeir: boolean;
  isAlive: boolean;
}

/**
 * Holders as the caller's notes and links show them. A process counts as alive while
 * its note exists, unless it was noted as gone: permissions and systems differ too
 * much to ask the system in every call.
 */
export function makeHolders(env: Record<string, string>): Holders {
  const alive = new Map<string, Promise<boolean>>();
  const isAlive = (process: ClaudeProcess) => {
    const key = processKey(process);
    const known = alive.get(key) ??
      readNote(process.home, process.pid).then(async (note) =>
        isSameProcess(note?.process ?? null, process) &&
        !await isNotedGone(env, process)
      );
    alive.set(key, known);
    return known;
  };
  let links: Promise<SessionLink[]> | undefined;
  const readAll = () => links ??= readLinks(env);
  let current: Promise<SessionLink[]> | undefined;
  /** What processes hold at this moment, as links. */
  const readCurrent = () => current ??= currentLinks(env);

  async function find({ session, process }: RunOwner & { session: string }) {
    const sessions = new Set([session]);
    if (process !== null && await isAlive(process)) {
      return { process, isHeir: false, sessions, isGone: false, lastLinked: 0 };
    }
    const known = [...await readAll(), ...await readCurrent()];
    const claims = new Map<string, Claim>();
    const claim = async (
      process: ClaudeProcess,
      since: number,
      isHeir: boolean,
    ) => {
      const key = processKey(process);
      if ((claims.get(key)?.since ?? -1) >= since) return;
      const alive = await isAlive(process);
      claims.set(key, { process, since, isHeir, isAlive: alive });
    };
    if (process !== null) await claim(process, 0, false);
    let size = 0;
    while (sessions.size + claims.size > size) {
      size = sessions.size + claims.size;
      for (const { session, process, time, inherited = false } of known) {
        if (process === null) continue;
        if (sessions.has(session)) {
          await claim(process, Date.parse(time), inherited);
        }
        // What a live process held before is its own affair.
        const holder = claims.get(processKey(process));
        if (holder && !holder.isAlive && !inherited) sessions.add(session);
      }
    }
    const [latest] = [...claims.values()].filter(({ isAlive }) => isAlive)
      .sort((a, b) => b.since - a.since);
    const times = known.filter(({ session }) => sessions.has(session))
      .map(({ time }) => Date.parse(time));
    return {
      process: latest?.process ?? null,
      isHeir: latest?.isHeir ?? false,
      sessions,
      isGone: latest === undefined && claims.size > 0,
      lastLinked: Math.max(0, ...times),
    };
  }
  return { find, links: readAll };
}

async function currentLinks(
  env: Record<string, string>,
): Promise<SessionLink[]> {
  const notes = await readNotes(claudeHome(env));
  return notes.map(({ process, session, since }) => ({
    time: new Date(since).toISOString(),
    session,
    process,
  }));
}
