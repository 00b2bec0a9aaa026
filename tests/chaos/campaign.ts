import { type Fault, Lost, Skipped } from "./fault.ts";
import { makeRandom } from "./random.ts";
import { makeRound } from "./round.ts";

/** What became of a fault in all its rounds. */
export interface Tally {
  name: string;
  tried: number;
  survived: number;
  skipped: number;
  /** Why rounds were skipped. */
  skipReason: string | null;
  /** What was not as it must be, one for each round that was lost. */
  losses: string[];
  /** The slowest truth, in milliseconds. */
  slowestMs: number;
}

export interface CampaignOptions {
  faults: readonly Fault[];
  rounds: number;
  seed: string;
  binary: string | undefined;
  /** Rounds side by side; faults that need the machine for themselves come last, one by one. */
  sideBySide: number;
  patience: number;
  onLoss?: (name: string, round: number, message: string) => void;
  onDone?: (tally: Tally) => void;
}

/** Tries every fault and returns what became of each, in their order. */
export async function runCampaign(options: CampaignOptions): Promise<Tally[]> {
  const tallies: Tally[] = [];
  const together: (() => Promise<void>)[] = [];
  const alone: (() => Promise<void>)[] = [];
  for (const fault of options.faults) {
    const tally: Tally = {
      name: fault.name,
      tried: 0,
      survived: 0,
      skipped: 0,
      skipReason: null,
      losses: [],
      slowestMs: 0,
    };
    tallies.push(tally);
    const obstacle = await fault.obstacle?.() ?? null;
    if (obstacle !== null) {
      tally.skipped = options.rounds;
      tally.skipReason = obstacle;
      options.onDone?.(tally);
      continue;
    }
    for (let number = 1; number <= options.rounds; number++) {
      (fault.alone ? alone : together).push(async () => {
        await playRound(fault, number, tally, options);
        if (tally.tried + tally.skipped === options.rounds) {
          options.onDone?.(tally);
        }
      });
    }
  }
  await runAll(together, options.sideBySide);
  await runAll(alone, 1);
  return tallies;
}

async function playRound(
  fault: Fault,
  number: number,
  tally: Tally,
  options: CampaignOptions,
): Promise<void> {
  const random = makeRandom(`${options.seed} ${fault.name} ${number}`);
  let loss: string | null = null;
  try {
    await using round = await makeRound({ ...options, random });
    try {
      await fault.play(round);
    } finally {
      tally.slowestMs = Math.max(tally.slowestMs, round.slowestMs());
    }
  } catch (error) {
    if (error instanceof Skipped) {
      tally.skipped++;
      tally.skipReason = error.message;
      return;
    }
    loss = error instanceof Lost
      ? error.message
      : error instanceof Error
      ? error.stack ?? error.message
      : String(error);
  }
  tally.tried++;
  if (loss === null) tally.survived++;
  else {
    tally.losses.push(loss);
    options.onLoss?.(fault.name, number, loss);
  }
}

async function runAll(
  tasks: (() => Promise<void>)[],
  sideBySide: number,
): Promise<void> {
  const queue = tasks[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: sideBySide }, async () => {
      for (const task of queue) await task();
    }),
  );
}
