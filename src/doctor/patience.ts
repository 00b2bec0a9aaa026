import { delay } from "../system/delay.ts";
import { lookAtMachine, type MachineLoad } from "./machine_load.ts";

/** How long a check may take where nothing else is running. */
const QUIET_MS = 8_000;

/** How long a check may take on a busy machine. */
const MOST_MS = 30_000;

/** How often it is looked how busy the machine is; checks that answer sooner cost no look. */
const LOOK_MS = 1_000;

const STEP_MS = 100;

/** Decides when a check that has not answered is given up. */
export interface Patience {
  /** Resolves when a check that begins now has had its time, or the signal is aborted. */
  timeUp(signal: AbortSignal): Promise<TimeUp>;
}

/** Whether a check hangs, or may be merely as slow as everything else. */
export interface TimeUp {
  verdict: "hangs" | "slow";
  afterMs: number;
  /** How busy the machine was, if that is known. */
  load: MachineLoad | null;
}

export interface PatienceOptions {
  env: Record<string, string>;
  /** Aborted when nobody waits any more. */
  over: AbortSignal;
  /** A check hangs after this time, whatever else is running. */
  fixedMs?: number;
}

/** A check hangs if it does not answer although the machine has not been busy for a while. */
export function makePatience(
  { env, over, fixedMs }: PatienceOptions,
): Patience {
  let lastBusy = 0;
  let load: MachineLoad | null = null;
  const watch = async () => {
    while (!over.aborted) {
      await delay(LOOK_MS, over);
      if (over.aborted) return;
      const look = await lookAtMachine(env, over);
      load = look.load ?? load;
      if (look.isBusy) lastBusy = Date.now();
    }
  };
  if (fixedMs === undefined) watch();
  return {
    async timeUp(signal) {
      const began = Date.now();
      for (;;) {
        await delay(fixedMs ?? STEP_MS, signal);
        const now = Date.now();
        const afterMs = fixedMs ?? now - began;
        const isQuiet = now - Math.max(began, lastBusy) >= QUIET_MS;
        if (isQuiet || fixedMs !== undefined || signal.aborted) {
          return { verdict: "hangs", afterMs, load };
        }
        if (afterMs >= MOST_MS) return { verdict: "slow", afterMs, load };
      }
    },
  };
}
