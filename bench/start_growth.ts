import { join } from "@std/path";
import { resultStep, type Stage, steps } from "../tests/support/stage.ts";
import { describeTimes, quantile, report, timeCommand } from "./statistics.ts";

const ROUNDS = 30;
const STORED = [10, 10_000] as const;
const QUEUED = 200;

/** How many folders are written side by side. */
const AT_ONCE = 64;

/** A workspace in which `start` is measured. */
interface Place {
  name: string;
  workspace: string;
  times: number[];
  /** What its ratio to the first should be, in words. */
  wanted: string;
}

/**
 * `start` where few runs are stored and where many are, and with an empty queue
 * and a long one, taken in turn: each against the first.
 */
export async function benchStartGrowth(
  stage: Stage,
  binary: string,
): Promise<void> {
  const [few, many] = STORED;
  const places = [
    await makePlace(stage, `start with ${few} stored runs`, few, 0),
    await makePlace(stage, `start with ${many} stored runs`, many, 0),
    await makePlace(stage, `start with ${QUEUED} queued runs`, few, QUEUED),
  ];
  const prompt = steps("Bench", resultStep(true, "done"));
  for (let round = 0; round < ROUNDS; round++) {
    // Nobody is always the first: what comes before leaves its traces.
    const turn = places.map((_, index) =>
      places[(index + round) % places.length]
    );
    for (const place of turn) {
      if (place === undefined) continue;
      const { workspace, times } = place;
      const id = `bench-${round}`;
      const args = ["--profile", "spark", "--run-id", id, "--prompt", prompt];
      times.push(
        await timeCommand(
          binary,
          ["start", "--workspace", workspace, ...args],
          stage.env,
          stage.repository.dir,
        ),
      );
      await call(stage, workspace, "wait", id);
    }
  }
  const [first] = places;
  for (const { name, times } of places) report(describeTimes(name, times));
  for (const { name, times, wanted } of places.slice(1)) {
    // Of each round by itself: a noisy second makes both slow.
    const ratios = times.map((time, round) =>
      time / (first?.times[round] ?? NaN)
    );
    report(
      `${name}: ${quantile(ratios, 0.5).toFixed(2)} times ${first?.name} (p10 ${
        quantile(ratios, 0.1).toFixed(2)
      }, p90 ${quantile(ratios, 0.9).toFixed(2)}${wanted})`,
    );
  }
}

/** Makes a workspace with so many runs that have ended, and so many that wait for a paused profile. */
async function makePlace(
  stage: Stage,
  name: string,
  stored: number,
  queued: number,
): Promise<Place> {
  const folder = join(stage.scratch.dir, name.replaceAll(" ", "-"));
  const workspace = join(folder, ".ai-orch");
  await Deno.mkdir(folder);
  await call(stage, null, "init", folder);
  const model = await stage.agentctl(["start", "--workspace", workspace], {
    stdin: steps("Stored", resultStep(true, "done")),
  });
  const id = model.stdout.trim();
  await call(stage, workspace, "wait", id);
  const runs = join(workspace, "runs");
  const files: [name: string, text: string][] = [];
  for await (const entry of Deno.readDir(join(runs, id))) {
    if (!entry.isFile) continue;
    const text = await Deno.readTextFile(join(runs, id, entry.name));
    files.push([entry.name, text]);
  }
  for (let from = 1; from < stored; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, stored - from);
    await Promise.all(Array.from({ length: count }, async (_, index) => {
      const copy = idOf(from + index);
      await Deno.mkdir(join(runs, copy), { mode: 0o700 });
      for (const [file, text] of files) {
        await Deno.writeTextFile(
          join(runs, copy, file),
          text.replaceAll(id, copy),
        );
      }
    }));
  }
  if (queued > 0) {
    await call(stage, workspace, "pause", "deep");
    const prompt = steps("Queued", resultStep(true, "done"));
    const tasks = Array.from(
      { length: queued },
      (_, index) => `--- task: t${index}\nprofile: deep\n---\n${prompt}\n`,
    );
    const output = await stage.agentctl(
      ["start", "--workspace", workspace, "--batch", "-"],
      { stdin: tasks.join("") },
    );
    if (output.code !== 0) throw new Error(output.stderr);
  }
  // Whoever starts a run looks at all that wait; at what is stored nobody looks.
  const wanted = queued === 0 ? "; wanted: about 1" : "";
  return { name, workspace, times: [], wanted };
}

/** The ids of a time before this run, one for each number. */
function idOf(number: number): string {
  const time = new Date(Date.UTC(2025, 0, 1) + number * 60_000).toISOString()
    .replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${time}-0001`;
}

async function call(
  stage: Stage,
  workspace: string | null,
  ...args: string[]
): Promise<void> {
  const [command = "", ...rest] = args;
  const where = workspace === null ? [] : ["--workspace", workspace];
  const { code, stderr } = await stage.agentctl([command, ...where, ...rest]);
  if (code !== 0) throw new Error(`agentctl ${args.join(" ")}: ${stderr}`);
}
