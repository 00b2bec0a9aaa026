import { delay } from "../system/delay.ts";
import { isBusy, readLoad } from "./machine_load.ts";

/** How long a check may take where nothing else is running. */
const QUIET_MS = 8_000;

/** How long on a busy machine, where others that do as much have answered. */
const BUSY_MS = 15_000;

/** How long a check may take in any case. */
const MOST_MS = 30_000;

/** A check that takes so many times as long as one of equal weight does not merely suffer from a busy machine. */
const TIMES = 4;

const STEP_MS = 250;

/** Decides when a check that has not answered is given up. */
export interface Patience {
  /** Notes how long a check took that starts several programs: the measure for the others. */
  answered(ms: number): void;
  /** Resolves when a check that begins now has had its time, or the signal is aborted. */
  timeUp(signal: AbortSignal): Promise<TimeUp>;
}

/** How long a check was waited for, and whether it hangs or is merely as slow as everything else. */
export interface TimeUp {
  verdict: "hangs" | "slow";
  afterMs: number;
}

/**
 * A check hangs if others that do as much have long answered, or if it does not
 * answer although the machine is not busy. With `fixedMs`, it hangs after that time.
 */
export function makePatience(fixedMs?: number): Patience {
  let measure: number | null = null;
  return {
    answered(ms) {
      measure = Math.max(measure ?? 0, ms);
    },
    async timeUp(signal) {
      const began = Date.now();
      let lastBusy = began;
      for (let now = began;;) {
        const before = now;
        await delay(fixedMs ?? STEP_MS, signal);
        now = Date.now();
        const load = readLoad();
        // A timer that comes late shows it where the system does not say.
        const isLate = now - before > 2 * STEP_MS;
        if (isLate || load !== null && isBusy(load)) lastBusy = now;
        const afterMs = fixedMs ?? now - began;
        const isQuiet = now - lastBusy >= QUIET_MS;
        const hangs = isQuiet || measure !== null &&
            afterMs >= Math.max(BUSY_MS, TIMES * measure);
        if (hangs || fixedMs !== undefined || signal.aborted) {
          return { verdict: "hangs", afterMs };
        }
        if (afterMs >= MOST_MS) return { verdict: "slow", afterMs };
      }
    },
  };
}
