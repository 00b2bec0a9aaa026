import type { Round } from "./round.ts";

/** Something that can go wrong, and what must be true afterwards. */
export interface Fault {
  name: string;
  /** Makes it go wrong once and checks what comes of it. Throws what is not as it must be. */
  play(round: Round): Promise<void>;
  /** Why it cannot be tried on this machine; `null` if it can. */
  obstacle?: () => Promise<string | null>;
  /** Needs the machine for itself: much memory, or much to write. */
  alone?: boolean;
  /** Too slow for the short pass. */
  slow?: boolean;
}

/** A promise was not kept: the run, its result or the truth about it is lost. */
export class Lost extends Error {
  override name = "Lost";
}

/** Makes a {@linkcode Lost}, for what waits. */
export function lost(message: string): Lost {
  return new Lost(message);
}

/** This round has nothing to check; the message says why. */
export class Skipped extends Error {
  override name = "Skipped";
}

/** Throws {@linkcode Lost} unless the condition holds. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Lost(message);
}
