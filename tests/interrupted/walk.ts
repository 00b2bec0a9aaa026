import { filesInMaking, idsInMaking } from "../../src/run/new_run.ts";
import {
  complaints,
  type Ground,
  LOOKERS,
  makeGround,
  stateOf,
} from "./ground.ts";
import { until } from "../support/until.ts";
import { interrupt } from "./interrupt.ts";
import type { Scene } from "./scenes.ts";

/** What one death left, and what came of it. */
export interface Death {
  step: number;
  before: string;
  /** The state that it left; equal for equal states. */
  state: string;
  looker: string;
  /** Whether this looker found the store sound, or made it so, without anybody else. */
  repaired: boolean;
  /** What is wrong even after the one who finishes it; none if all is well. */
  wrong: string[];
}

const FINISHING_MS = 10_000;

/** Lets an operation die at a step and somebody look; `null` if it has fewer steps. */
export async function dieAndLook(
  scene: Scene,
  step: number,
  looker: string,
): Promise<Death | null> {
  await using ground = await makeGround();
  await scene.prepare(ground);
  const { died, before } = await interrupt(step, () => scene.operate(ground));
  if (!died) return null;
  const state = await stateOf(ground);
  await letTimePass(ground);
  const problems = async () => [
    ...await complaints(ground),
    ...await scene.check?.(ground) ?? [],
  ];
  const wrong: string[] = [];
  const look = async (name: string) => {
    const printed = await LOOKERS[name]?.(ground) ?? "";
    if (/"status": "damaged"|is damaged:|Cannot read run/.test(printed)) {
      wrong.push(`${name} calls something damaged: ${printed}`);
    }
  };
  await look(looker);
  const repaired = (await problems()).length === 0;
  let left: string[] = [];
  await until("the store is sound", async () => {
    // On a busy machine it may leave the rest to a driver that is just ending.
    await look(scene.finisher ?? "list");
    left = await problems();
    return left.length === 0;
  }, { within: FINISHING_MS }).catch(() => {});
  wrong.push(...left);
  return { step, before, state, looker, repaired, wrong };
}

/** What does not even name its machine may be another one's for a minute. */
async function letTimePass({ context: { workspace } }: Ground): Promise<void> {
  const before = new Date(Date.now() - 61_000);
  for (const id of await idsInMaking(workspace)) {
    await Deno.utime(filesInMaking(workspace, id).folder, before, before);
  }
}

/** Walks through all steps of an operation. `lookers` says who looks after each. */
export async function walk(
  scene: Scene,
  lookers: (step: number) => readonly string[],
): Promise<Death[]> {
  const deaths: Death[] = [];
  for (let step = 1;; step++) {
    for (const looker of lookers(step)) {
      const death = await dieAndLook(scene, step, looker);
      if (death === null) return deaths;
      deaths.push(death);
    }
  }
}
