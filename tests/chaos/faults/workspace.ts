import { resultStep, steps } from "../../support/stage.ts";
import { type Fault, lost, must } from "../fault.ts";
import { readOnlyObstacle, setReadOnly } from "../mounts.ts";
import { findSupervisor, signal } from "../processes.ts";
import { DONE, untilFileHolds } from "../strike.ts";
import { type Round, TRUTH_MS, type Victim } from "../round.ts";
import { until, within } from "../../support/until.ts";
import { readOutcome, untilNobodyIsLeft } from "../truth.ts";

const HANG = steps("Hang", { say: "at work" }, { hang: true });

/** A run that is no more: `wait` says so, and nothing of it is left. */
async function settleGone(
  round: Round,
  victim: Victim,
  since: number,
  listed: number,
): Promise<void> {
  const waited = await within(
    "the end of wait for a run that is gone",
    victim.waiting,
    { within: 20_000, error: lost },
  );
  const tookMs = waited.at - since;
  round.took(tookMs);
  must(
    waited.code === 3,
    `wait ends with ${waited.code}: ${waited.stderr.trim()}`,
  );
  must(tookMs <= TRUTH_MS, `wait took ${Math.round(tookMs)} ms`);
  // What may wait a second for its turn to look, and then ends a worker.
  await untilNobodyIsLeft(victim.id, since + TRUTH_MS + 2_000);
  const list = await round.stage.agentctl(["list", "--json"]);
  must(
    list.code === 0 && JSON.parse(list.stdout).length === listed,
    `list ends with ${list.code} and ${list.stdout}`,
  );
}

/** Everything that can happen to the folder of the runs. */
export const WORKSPACE_FAULTS: readonly Fault[] = [
  {
    name: "workspace removed during a run",
    async play(round) {
      const victim = await round.begin(HANG);
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      await round.pause(0, 500);
      const since = performance.now();
      await removeFolder(round.stage.workspace);
      await settleGone(round, victim, since, 0);
      const isBack = await Deno.stat(round.stage.workspace).then(
        () => true,
        () => false,
      );
      must(!isBack, "The workspace is there again");
    },
  },
  {
    name: "run folder removed during a run",
    async play(round) {
      const victim = await round.begin(HANG);
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      await round.pause(0, 500);
      const since = performance.now();
      await removeFolder(round.stage.runFile(victim.id, "."));
      await settleGone(round, victim, since, 1);
    },
  },
  {
    name: "workspace read-only for a while",
    obstacle: readOnlyObstacle,
    slow: true,
    async play(round) {
      const { stage } = round;
      const victim = await round.begin(
        steps(
          "Read-only",
          { say: "at work" },
          { sleep_ms: round.random.between(100, 600) },
          resultStep(true, "done"),
        ),
      );
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      round.onEnd(() => setReadOnly(round, false));
      await setReadOnly(round, true);
      await round.pause(800, 2_500);
      const shown = await stage.agentctl(["show", victim.id]);
      must(shown.code === 0, `show ends with ${shown.code}: ${shown.stderr}`);
      const list = await stage.agentctl(["list"]);
      must(list.code === 0, `list ends with ${list.code}: ${list.stderr}`);
      await setReadOnly(round, false);
      await round.settle(victim, performance.now(), {
        // It is tried every half second.
        ladderMs: 500,
        outcomes: [DONE],
      });
    },
  },
  {
    name: "workspace read-only, supervisor SIGKILL",
    obstacle: readOnlyObstacle,
    async play(round) {
      const victim = await round.begin(HANG);
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      round.onEnd(() => setReadOnly(round, false));
      await setReadOnly(round, true);
      await round.pause(0, 300);
      const since = performance.now();
      const pid = findSupervisor(victim.id);
      must(pid !== null, "There is no supervisor");
      signal(pid, "SIGKILL");
      const waited = await within(
        "the end of wait where nothing can be written",
        victim.waiting,
        { within: 20_000, error: lost },
      );
      round.took(waited.at - since);
      const { status } = readOutcome(waited);
      must(
        status === "lost" && waited.code === 4,
        `wait says ${status} and ends with ${waited.code}`,
      );
      await untilNobodyIsLeft(victim.id, since + TRUTH_MS);
      await setReadOnly(round, false);
      await round.settle(victim, performance.now(), {
        outcomes: [{ status: "lost", code: 4 }],
      });
    },
  },
];

/** Removes a folder in which others still write. */
async function removeFolder(path: string): Promise<void> {
  await until(
    `"${path}" is gone`,
    (see) =>
      Deno.remove(path, { recursive: true }).then(() => true, (error) => {
        see(error);
        return error instanceof Deno.errors.NotFound;
      }),
    { every: 0, error: lost },
  );
}
