import { parseArgs } from "@std/cli/parse-args";
import { makeRandom, type Random } from "../chaos/random.ts";
import {
  type Answer,
  type RecordedRequest,
  startModelServer,
} from "./model_server.ts";
import { print } from "./print.ts";
import { makeStage, type Stage } from "./stage.ts";

/** What a campaign is told. */
export interface CampaignOptions {
  /** After how many tries no more rounds begin. */
  count: number;
  seed: string;
  sideBySide: number;
}

/** One of many rounds, at moments of chance. */
export interface Round {
  stage: Stage;
  number: number;
  random: Random;
  /** What the model of the stage was asked so far, in all rounds. */
  log: Asked[];
}

/** A request, as the model got it. */
export interface Asked {
  at: number;
  request: RecordedRequest;
}

/** Reads the options of a campaign: `--<counted> N`, `--seed S` and `--side-by-side N`. */
export function readCampaign(counted: string, count: number): CampaignOptions {
  const options: Record<string, unknown> = parseArgs(Deno.args, {
    string: [counted, "seed", "side-by-side"],
    default: { [counted]: count, seed: Date.now(), "side-by-side": 3 },
  });
  return {
    count: Number(options[counted]),
    seed: String(options["seed"]),
    sideBySide: Number(options["side-by-side"]),
  };
}

/** Plays rounds with the real Codex and a scripted model, until `tried` reaches the count. */
export async function playRounds(
  { count, seed, sideBySide }: CampaignOptions,
  model: (request: RecordedRequest) => Answer,
  tried: () => number,
  play: (round: Round) => Promise<void>,
): Promise<void> {
  let last = 0;
  await Promise.all(Array.from({ length: sideBySide }, async () => {
    const log: Asked[] = [];
    await using server = startModelServer((request) => {
      log.push({ at: Date.now(), request });
      return model(request);
    });
    await using stage = await makeStage({ modelServer: server });
    for (let number = ++last; tried() < count; number = ++last) {
      const random = makeRandom(`${seed} ${number}`);
      await play({ stage, number, random, log });
    }
    for (const error of server.scriptErrors) throw error;
  }));
}

/** Prints what was wrong, and ends the campaign: with 1 if anything was. */
export function reportFaults(faults: readonly string[]): never {
  for (const fault of faults) print(`wrong: ${fault}\n`);
  print(`${faults.length} wrong\n`);
  // Deadlines of commands that were called here may still be running.
  Deno.exit(faults.length > 0 ? 1 : 0);
}
