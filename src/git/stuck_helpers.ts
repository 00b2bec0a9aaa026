import { delay } from "../system/delay.ts";
import { ignore } from "../system/ignore.ts";
import { type Descendant, descendantsOf } from "../system/processes.ts";
import { formatDuration } from "../text/duration.ts";
import type { HelperPatience } from "./git_call.ts";

/** A program that git had started and waited for in vain, such as a filter or what a filter asks for a password. */
export interface HungHelper {
  /** What was ended, each with its arguments. */
  commands: string[];
  /** What happened, in words that name the program. */
  words: string;
}

/** A download may take its time, and a password has to be typed. */
const PATIENCE: HelperPatience = {
  lookMs: 10_000,
  idleMs: 60_000,
  mostMs: 30 * 60_000,
};

/** Once one has hung, git may start the next one of its kind for each file. */
const PATIENCE_AFTER: HelperPatience = {
  lookMs: 500,
  idleMs: 1_000,
  mostMs: 60_000,
};

/** Less processor time than this is what a program takes that only waits. */
const WAITING_SECONDS = 0.02;

/** A git call whose helpers are watched. */
export interface WatchedGit {
  pid: number;
  env: Record<string, string>;
  /** Aborted when git has ended. */
  over: AbortSignal;
  patience?: HelperPatience;
}

/**
 * Ends the programs that git has started as soon as none of them does anything any
 * more; git then goes on, or says that they have failed. Returns what hung first,
 * once git has ended; `null` if nothing did.
 */
export async function watchHelpers(
  { pid, env, over, patience = PATIENCE }: WatchedGit,
): Promise<HungHelper | null> {
  let hung: HungHelper | null = null;
  let time = patience;
  let before: Descendant[] = [];
  let began = Date.now();
  let lastActive = began;
  while (!over.aborted) {
    await delay(time.lookMs, over);
    if (over.aborted) break;
    try {
      const found = await descendantsOf(pid, env, { signal: over });
      const now = Date.now();
      if (found.length === 0) began = now;
      if (isActive(before, found)) {
        before = found;
        lastActive = now;
      }
      const isIdle = now - lastActive >= time.idleMs;
      if (!isIdle && now - began < time.mostMs) continue;
      // git may end before all of them are.
      const ended = await descendantsOf(pid, env, { end: true });
      if (ended.length === 0) continue;
      hung ??= {
        commands: ended.map(({ command }) => command),
        words: isIdle
          ? `${lastOf(ended)} did nothing for ${
            formatDuration(now - lastActive)
          } and was ended`
          : `${lastOf(ended)} was ended after ${formatDuration(now - began)}`,
      };
      time = PATIENCE_AFTER;
      began = lastActive = Date.now();
    } catch (error) {
      ignore(error, "the next look sees what git has started");
    }
  }
  return hung;
}

/** Nothing to wait for counts as active. */
function isActive(before: Descendant[], now: Descendant[]): boolean {
  return now.length === 0 || now.length !== before.length ||
    now.some(({ pid, cpu, bytes }) => {
      const same = before.find((other) => other.pid === pid);
      return same === undefined || bytes !== same.bytes ||
        cpu - same.cpu > WAITING_SECONDS;
    });
}

/** The name of the program at the end of the chain, for which the others wait. */
function lastOf(helpers: Descendant[]): string {
  const last = helpers.find(({ pid }) =>
    helpers.every(({ parent }) => parent !== pid)
  );
  return programOf(last?.command ?? "a program");
}

const SHELL = /^(ba|da|z|k|a)?sh$/;

/** The program that a command runs, without its folder; of a shell's script, the script. */
export function programOf(command: string): string {
  const words = command.replaceAll(/["']/g, "").split(/\s+/)
    .filter((word) => word !== "" && !/^\w+=/.test(word))
    .map((word) => word.replace(/.*\//, "") || word);
  const [first = command, ...rest] = words;
  return SHELL.test(first)
    ? rest.find((word) => !word.startsWith("-")) ?? first
    : first;
}
