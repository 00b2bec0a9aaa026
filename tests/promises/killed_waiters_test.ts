import { assert, assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { unseenRuns } from "../../src/fleet/inbox.ts";
import { parseRunId } from "../../src/run/id.ts";
import { seenIds } from "../../src/run/seen.ts";
import { runFiles, writeRecord } from "../../src/run/store.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { makeRandom, type Random } from "../chaos/random.ts";
import { compile } from "../support/compile.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import { endedRun, runningRun } from "./ended_run.ts";
import { until } from "../support/until.ts";

const KILLED = 100;
const WAITERS_PER_RUN = 4;

/** Longer than a pipe holds, so that a waiter can be killed in the middle of its output. */
const SUMMARY = "all of it ".repeat(20_000);

Deno.test("100 waiters killed at random moments: no result is both lost and acknowledged", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const binary = join(folder, "agentctl");
    await compile("src/main.ts", binary);
    await using stage = await makeStage({ binary });
    const workspace = {
      root: stage.workspace,
      state: stage.workspace,
      config: DEFAULT_CONFIG,
      remarks: [],
    };
    const random = makeRandom("killed waiters");
    const outcomes = new Map<string, Waiter[]>();
    for (let round = 0, killed = 0; killed < KILLED; round++) {
      const waiters = await killWaiters(stage, round, random);
      outcomes.set(`run-${round}`, waiters);
      // Some have ended before their moment came.
      killed += waiters.filter((waiter) => waiter.killed).length;
    }

    const seen = await seenIds(workspace);
    const caller = { cwd: "/", env: stage.env };
    const inbox = new Set(
      (await unseenRuns({ workspace, caller }, () => {})).map(({ run_id }) =>
        run_id
      ),
    );
    const counts = { killed: 0, cut: 0, delivered: 0, inbox: 0 };
    for (const [id, waiters] of outcomes) {
      const delivered = waiters.some((waiter) => isWhole(waiter.printed));
      assert(seen.has(id) !== inbox.has(id), id);
      assert(delivered || inbox.has(id), `The result of ${id} is lost`);
      counts.killed += waiters.filter(({ killed }) => killed).length;
      counts.cut += waiters.filter(({ printed }) =>
        printed !== "" && !isWhole(printed)
      ).length;
      counts.delivered += seen.has(id) ? 1 : 0;
      counts.inbox += inbox.has(id) ? 1 : 0;
    }
    // The moments were such that everything could happen, and did.
    assert(
      Object.values(counts).every((count) => count > 0),
      JSON.stringify(counts),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

interface Waiter {
  printed: string;
  killed: boolean;
}

/** Four waiters for one run that ends while they wait; each is killed at a moment of its own. */
async function killWaiters(
  stage: Stage,
  round: number,
  random: Random,
): Promise<Waiter[]> {
  const id = parseRunId(`run-${round}`);
  const workspace = {
    root: stage.workspace,
    state: stage.workspace,
    config: DEFAULT_CONFIG,
    remarks: [],
  };
  const files = runFiles(workspace, id);
  await Deno.mkdir(files.folder, { recursive: true });
  const lock = await acquireLock(files.lock);
  await writeRecord(workspace, runningRun(id));

  const plans = Array.from({ length: WAITERS_PER_RUN }, () => ({
    // Some by the clock, some in the middle of what they print, some right after it.
    afterMs: random.pick([null, null, random.between(0, 200)]),
    afterBytes: random.pick([1, random.between(1, SUMMARY.length), Infinity]),
  }));
  const waiters = plans.map((plan) => waitAndDie(stage, id, plan));
  await new Promise((resolve) => setTimeout(resolve, random.between(20, 120)));
  await writeRecord(workspace, endedRun(id, SUMMARY));
  lock.release();
  return await Promise.all(waiters);
}

async function waitAndDie(
  stage: Stage,
  id: string,
  plan: { afterMs: number | null; afterBytes: number },
): Promise<Waiter> {
  const child = stage.spawn(["wait", id, "--full"]);
  const stderr = child.stderr.cancel();
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  const timer = plan.afterMs === null
    ? undefined
    : setTimeout(kill, plan.afterMs);
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (printed.length >= plan.afterBytes) kill();
    // The last byte is out: between it and the acknowledgement is a moment, too.
    if (plan.afterBytes === Infinity && printed.endsWith("}\n")) kill();
  }
  clearTimeout(timer);
  const { signal } = await child.status;
  await stderr;
  return { printed, killed: signal === "SIGKILL" };
}

function isWhole(printed: string): boolean {
  try {
    return JSON.parse(printed).summary === SUMMARY;
  } catch {
    return false;
  }
}

Deno.test("a lost run whose waiters are killed while they write its end stays in the inbox", async () => {
  await using stage = await makeStage();
  const workspace = {
    root: stage.workspace,
    state: stage.workspace,
    config: DEFAULT_CONFIG,
    remarks: [],
  };
  const id = parseRunId("lost");
  const files = runFiles(workspace, id);
  await Deno.mkdir(files.folder, { recursive: true });
  await writeRecord(workspace, runningRun(id));
  const waiter = stage.spawn(["wait", id, "--full"]);
  await waiter.stdout.cancel();
  const stderr = waiter.stderr.cancel();
  await until("the waiter makes the lock", () => exists(files.lock), {
    every: 1,
  });
  waiter.kill("SIGKILL");
  await Promise.all([waiter.status, stderr]);
  const inbox = JSON.parse((await stage.agentctl(["inbox", "--json"])).stdout);
  assertEquals(
    inbox.map((
      run: { run_id: string; status: string },
    ) => [run.run_id, run.status]),
    [["lost", "lost"]],
  );
});
