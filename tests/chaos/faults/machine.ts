import { isLocked } from "../../../src/files/lock.ts";
import { until } from "../../support/until.ts";
import { endChild } from "../../support/processes.ts";
import { resultStep, steps } from "../../support/stage.ts";
import { type Fault, lost, must } from "../fault.ts";
import { findSupervisor, processesAtHome, signal } from "../processes.ts";
import { untilFileHolds } from "../strike.ts";
import { type Round, type Victim } from "../round.ts";
import { endOf } from "../truth.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Everything that can happen to the machine. */
export const MACHINE_FAULTS: readonly Fault[] = [
  {
    name: "reboot",
    async play(round) {
      const { stage, random } = round;
      // After a reboot the supervisor's number may be somebody else's.
      const stranger = new Deno.Command("sleep", { args: ["600"] }).spawn();
      try {
        const victim = await atWork(round);
        await round.pause(0, 400);
        for (const pid of processesAtHome(stage.scratch.home)) {
          signal(pid, "SIGKILL");
        }
        await victim.waiting;
        // A killed process may hold its locks for a moment, which after a reboot nobody does.
        await until(
          "the supervisor's lock is free",
          async () => !await isLocked(stage.runFile(victim.id, "lock")),
          { within: 10_000, error: lost },
        );
        await editRecord(round, victim.id, (record) => ({
          ...record,
          supervisor_pid: stranger.pid,
        }));
        const since = performance.now();
        if (random.between(0, 1) === 1) {
          const stop = await stage.agentctl(["stop", victim.id]);
          must(stop.code === 0, `stop ends with ${stop.code}: ${stop.stderr}`);
        }
        const waiting = endOf(stage.spawn(["wait", victim.id]));
        await round.settle({ ...victim, waiting }, since, {
          outcomes: [
            { status: "lost", code: 4, reason: /the machine went down/ },
          ],
        });
        const isAlive = await Deno.readTextFile(`/proc/${stranger.pid}/comm`)
          .then((name) => name === "sleep\n", () => false);
        must(isAlive, "A stranger with the supervisor's number was killed");
      } finally {
        await endChild(stranger);
      }
    },
  },
  {
    name: "clock set back, supervisor SIGKILL",
    async play(round) {
      const victim = await atWork(round);
      const { id } = victim;
      const pid = findSupervisor(id);
      must(pid !== null, "There is no supervisor");
      await intoFuture(round, id);
      const since = performance.now();
      signal(pid, "SIGKILL");
      const outcome = await round.settle(victim, since, {
        outcomes: [{ status: "lost", code: 4 }],
      });
      must(
        Number(outcome["duration_ms"]) >= 0,
        `The run took ${outcome["duration_ms"]} ms`,
      );
    },
  },
  {
    name: "clock set back, run goes on",
    async play(round) {
      const victim = await round.begin(
        steps(
          "Clock",
          { say: "at work" },
          { sleep_ms: round.random.between(100, 500) },
          resultStep(true, "done"),
        ),
      );
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      await intoFuture(round, victim.id);
      const outcome = await round.settle(victim, performance.now(), {
        ladderMs: 1_500,
        outcomes: [{ status: "finished", code: 0, goalMet: true }],
      });
      must(
        Number(outcome["duration_ms"]) >= 0,
        `The run took ${outcome["duration_ms"]} ms`,
      );
      const table = await round.stage.agentctl(["list"]);
      must(table.code === 0, `list ends with ${table.code}: ${table.stderr}`);
    },
  },
];

async function atWork(round: Round): Promise<Victim> {
  const victim = await round.begin(
    steps("Hang", { say: "at work" }, { hang: true }),
  );
  await untilFileHolds(round, victim.id, "meta.json", '"status": "running"');
  await untilFileHolds(round, victim.id, "events.jsonl", "at work");
  return victim;
}

/** Gives the record and the files of a run times that are yet to come: the clock was set back since. */
async function intoFuture(round: Round, id: string): Promise<void> {
  const future = new Date(Date.now() + round.random.between(1, 400) * DAY_MS);
  await editRecord(round, id, (record) => ({
    ...record,
    created_at: future.toISOString(),
    ...record["started_at"] === undefined
      ? {}
      : { started_at: future.toISOString() },
  }));
  for (const name of ["meta.json", "events.jsonl"]) {
    await Deno.utime(round.stage.runFile(id, name), future, future);
  }
}

async function editRecord(
  { stage }: Round,
  id: string,
  change: (record: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const path = stage.runFile(id, "meta.json");
  const record = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(change(record)));
  await Deno.rename(`${path}.new`, path);
}
