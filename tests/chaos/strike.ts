import { resultStep, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";
import { Lost, lost } from "./fault.ts";
import { type Round, type Victim } from "./round.ts";
import { type Expectation, type RunOutcome } from "./truth.ts";

/** When a fault comes: before the worker is there, while it works, or about when it ends. */
export type Moment = "early" | "working" | "late";

export interface Strike extends Expectation {
  /** Makes it go wrong. */
  hit: (victim: Victim) => Promise<void>;
  moments?: readonly Moment[];
  /** What the worker does besides, before it hangs or ends. */
  before?: Record<string, unknown>[];
  /** Options of `start`. */
  options?: string[];
}

/** How a run ends that its fault came too late for. */
export const DONE = { status: "finished", code: 0, goalMet: true } as const;

/**
 * Lets a worker work, hits the run at a moment that chance chooses, and checks
 * what comes of it. A fault that comes too late finds a run that is finished.
 */
export async function strike(
  round: Round,
  plan: Strike,
): Promise<RunOutcome> {
  const { random } = round;
  const moment = random.pick(
    plan.moments ?? ["early", "working", "working", "late"],
  );
  const end = moment === "late"
    ? [{ sleep_ms: random.between(0, 300) }, resultStep(true, "done")]
    : [{ hang: true }];
  const prompt = steps(
    `Strike ${moment}`,
    { say: "at work" },
    ...plan.before ?? [],
    ...end,
  );
  const victim = await round.begin(prompt, ...plan.options ?? []);
  if (moment === "early") await round.pause(0, 150);
  else {
    await untilFileHolds(round, victim.id, "events.jsonl", "at work");
    await round.pause(0, moment === "late" ? 600 : 400);
  }
  const since = performance.now();
  await plan.hit(victim);
  const outcomes = moment === "late" ? [...plan.outcomes, DONE] : plan.outcomes;
  return await round.settle(victim, since, { ...plan, outcomes }).catch(
    (error) => {
      throw error instanceof Lost
        ? new Lost(`${moment}: ${error.message}`)
        : error;
    },
  );
}

/** Waits until a file of the run holds the text. Throws {@linkcode Lost} after 20 seconds. */
export async function untilFileHolds(
  { stage }: Round,
  id: string,
  file: string,
  text: string,
): Promise<void> {
  const path = stage.runFile(id, file);
  await until(
    `${file} holds "${text}"`,
    async (see) =>
      see(await Deno.readTextFile(path).catch(() => "")).includes(text),
    { within: 20_000, every: 10, error: lost },
  );
}

/** Waits until something is there. Throws {@linkcode Lost} after 10 seconds. */
export function untilFound<T>(what: string, find: () => T) {
  return until(`there is a ${what}`, find, {
    within: 10_000,
    every: 5,
    error: lost,
  });
}
