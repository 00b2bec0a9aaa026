import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeRandom, type Random } from "../chaos/random.ts";
import { compile } from "../support/compile.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

const TASKS = 40;
const SLOTS = 10;
const KILL_EVERY_MS = 1_000;

interface Task {
  name: string;
  priority: number;
  after: string[];
  afterAnyEnd: string[];
  goalMet: boolean;
  fails: boolean;
  milliseconds: number;
}

function makeTasks(random: Random): Task[] {
  const tasks: Task[] = [];
  for (let number = 0; number < TASKS; number++) {
    const earlier = () =>
      tasks.length === 0 ? [] : [random.pick(tasks.slice(-40)).name];
    tasks.push({
      name: `task-${number}`,
      priority: random.between(-2, 2),
      after: random.between(1, 10) <= 2 ? earlier() : [],
      afterAnyEnd: random.between(1, 10) <= 2 ? earlier() : [],
      goalMet: random.between(1, 10) <= 8,
      fails: random.between(1, 20) === 1,
      milliseconds: random.between(0, 2_000),
    });
  }
  return tasks;
}

function batchText(tasks: readonly Task[]): string {
  return tasks.map((task) => {
    const head = [
      `--- task: ${task.name}`,
      `priority: ${task.priority}`,
      ...task.after.length === 0 ? [] : [`after: ${task.after.join(", ")}`],
      ...task.afterAnyEnd.length === 0
        ? []
        : [`after-any-end: ${task.afterAnyEnd.join(", ")}`],
      "---",
    ];
    const prompt = steps(
      task.name,
      { sleep_ms: task.milliseconds },
      task.fails
        ? { fail: "It went wrong" }
        : resultStep(task.goalMet, task.name),
    );
    return [...head, prompt, ""].join("\n");
  }).join("\n");
}

/** Ids of the runs that have a worker at this moment, by the mark that each of their processes carries. */
function runsAtWork(): Set<string> {
  const ids = new Set<string>();
  for (const entry of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    try {
      const environ = Deno.readTextFileSync(`/proc/${entry.name}/environ`);
      const id = /(?:^|\0)AGENTCTL_RUN_ID=([^\0]+)/.exec(environ)?.[1];
      if (id !== undefined) ids.add(id);
    } catch {
      // It has ended in the meantime, or there is no run yet.
    }
  }
  return ids;
}

/** Notes when each run is given its slot, and how many workers there are at once, until it is stopped. */
function observe(stage: Stage, ids: ReadonlySet<string>) {
  const active = join(stage.workspace, "active");
  Deno.mkdirSync(active, { recursive: true });
  const claimedAt = new Map<string, number>();
  const watcher = Deno.watchFs(active, { recursive: false });
  const note = (id: string) => {
    if (!claimedAt.has(id)) claimedAt.set(id, Date.now());
  };
  const watching = (async () => {
    for await (const { kind, paths } of watcher) {
      if (kind === "remove") continue;
      for (const path of paths) note(path.slice(active.length + 1));
    }
  })();
  let most = 0;
  const sampling = setInterval(() => {
    const atWork = [...runsAtWork()].filter((id) => ids.has(id));
    most = Math.max(most, atWork.length);
  }, 20);
  return {
    claimedAt,
    async stop(): Promise<number> {
      clearInterval(sampling);
      watcher.close();
      await watching;
      return most;
    },
  };
}

async function supervisorOf(
  stage: Stage,
  id: string,
): Promise<number | null> {
  const text = await Deno.readTextFile(stage.runFile(id, "meta.json"))
    .catch(() => "{}");
  const { status, supervisor_pid } = JSON.parse(text);
  return status === "running" ? supervisor_pid : null;
}

/** Kills the supervisor of a run by chance, again and again. */
function killSupervisors(stage: Stage, random: Random) {
  const killed: string[] = [];
  const timer = setInterval(async () => {
    try {
      const names = [...Deno.readDirSync(join(stage.workspace, "active"))]
        .map(({ name }) => name).sort();
      if (names.length === 0) return;
      const id = random.pick(names);
      const pid = await supervisorOf(stage, id);
      if (pid === null) return;
      Deno.kill(pid, "SIGKILL");
      killed.push(id);
    } catch {
      // It has ended meanwhile.
    }
  }, KILL_EVERY_MS);
  return { killed, stop: () => clearInterval(timer) };
}

Deno.test({
  name:
    `${TASKS} tasks with chance in everything and a supervisor killed each second: never more than ${SLOTS} at once, all ended, in order`,
  ignore: Deno.build.os !== "linux",
  async fn() {
    const random = makeRandom("scheduler");
    const folder = await Deno.makeTempDir();
    try {
      const binary = join(folder, "agentctl");
      await compile("src/main.ts", binary);
      await using stage = await makeStage({ binary });
      await schedule(stage, random);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function schedule(stage: Stage, random: Random): Promise<void> {
  const tasks = makeTasks(random);
  const cwd = join(stage.scratch.dir, "work");
  await Deno.mkdir(cwd);
  await Deno.mkdir(stage.workspace, { recursive: true });
  // All of them wait until the observer is there.
  await stage.agentctl(["pause"]);
  const started = await stage.agentctl(["start", "--batch", "-"], {
    stdin: batchText(tasks),
    cwd,
  });
  assertEquals([started.code, started.stderr], [0, ""]);
  const ids = started.stdout.trim().split("\n");
  assertEquals(ids.length, TASKS);
  const observer = observe(stage, new Set(ids));
  await stage.agentctl(["unpause"]);
  const killer = killSupervisors(stage, random);
  const waited = await stage.agentctl(["wait", ...ids, "--full"], {
    withinMs: 15 * 60_000,
  });
  killer.stop();
  const most = await observer.stop();
  const records: Record<string, string>[] = JSON.parse(waited.stdout);

  assert(most <= SLOTS, `${most} workers were at work at once`);
  // On a busy machine they end nearly as fast as they start.
  assert(most > 1, "No two workers were at work at once");
  const outcomes = new Map(
    records.map((record) => [String(record["title"]), record]),
  );
  for (const task of tasks) {
    const record = outcomes.get(task.name);
    assertEquals(
      outcomeOf(record),
      expectedOutcome(task, outcomes, killer.killed),
      `${task.name}: ${JSON.stringify(record)}`,
    );
  }
  await assertOrder(stage, tasks, outcomes, observer.claimedAt);
}

function outcomeOf(record: Record<string, unknown> | undefined): string {
  return record?.["status"] === "finished"
    ? `finished ${record["goal_met"]}`
    : String(record?.["status"]);
}

function expectedOutcome(
  task: Task,
  outcomes: ReadonlyMap<string, Record<string, unknown>>,
  killed: readonly string[],
): string {
  const isBad = task.after.some((name) =>
    outcomeOf(outcomes.get(name)) !== "finished true"
  );
  if (isBad) return "stopped";
  const record = outcomes.get(task.name);
  // One that is killed at its very end may have said its last word.
  if (
    killed.includes(String(record?.["run_id"])) && outcomeOf(record) === "lost"
  ) {
    return "lost";
  }
  return task.fails ? "failed" : `finished ${task.goalMet}`;
}

/** What is seen of a claim is a little late, and who gives out slots looks at one run after the other. */
const BLUR_MS = 1_000;

/** Nobody was given a slot while somebody before him could have had it. */
async function assertOrder(
  stage: Stage,
  tasks: readonly Task[],
  outcomes: ReadonlyMap<string, Record<string, unknown>>,
  claimedAt: ReadonlyMap<string, number>,
): Promise<void> {
  const readyAt = async (task: Task) => {
    const ends = await Promise.all(
      [...task.after, ...task.afterAnyEnd].map(async (name) => {
        const id = String(outcomes.get(name)?.["run_id"]);
        const { mtime } = await Deno.stat(stage.runFile(id, "meta.json"));
        return mtime?.getTime() ?? 0;
      }),
    );
    return Math.max(0, ...ends);
  };
  const claims = (await Promise.all(
    tasks.map(async (task, index) => ({
      task,
      index,
      ready: await readyAt(task),
      at: claimedAt.get(String(outcomes.get(task.name)?.["run_id"])),
    })),
  )).filter(({ at }) => at !== undefined);
  for (const one of claims) {
    for (const other of claims) {
      const comesFirst = other.task.priority > one.task.priority ||
        other.task.priority === one.task.priority && other.index < one.index;
      const overtaken = comesFirst &&
        (other.at ?? 0) > (one.at ?? 0) + BLUR_MS &&
        other.ready < (one.at ?? 0) - BLUR_MS;
      assert(!overtaken, `${one.task.name} overtook ${other.task.name}`);
    }
  }
}
