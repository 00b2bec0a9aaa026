import { resultStep, steps } from "../../support/stage.ts";
import { type Fault, must } from "../fault.ts";
import {
  fillDisk,
  freeDisk,
  mountObstacle,
  mountWorkspace,
} from "../mounts.ts";
import { findSupervisor, signal } from "../processes.ts";
import { DONE, untilFileHolds, untilFound } from "../strike.ts";
import { type Round, TRUTH_MS } from "../round.ts";

const DISK = "2m";

/** Puts the round's workers under a limit of the size of files, in blocks of 512 bytes. */
async function limitFileSize(round: Round, blocks: number): Promise<void> {
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
  await round.serveBy(["sh", "-c", script, "sh"]);
}

/** Everything that a full disk can hit. */
export const DISK_FAULTS: readonly Fault[] = [
  {
    name: "disk full while events are written",
    obstacle: mountObstacle,
    async play(round) {
      await mountWorkspace(round, DISK);
      const bytes = round.random.between(2, 6) * 1024 * 1024;
      const victim = await round.begin(
        steps("Flood", { flood: { bytes } }, resultStep(true, "done")),
      );
      const outcome = await round.settle(victim, performance.now(), {
        ladderMs: 3_000,
        outcomes: [DONE],
      });
      must(
        String(outcome["warnings"]).includes("events.jsonl is not complete"),
        "The record does not say that events.jsonl is not complete",
      );
    },
  },
  {
    name: "disk full while the record is written",
    obstacle: mountObstacle,
    async play(round) {
      await mountWorkspace(round, DISK);
      const { random } = round;
      const sleep_ms = random.between(0, 400);
      const victim = await round.begin(
        steps(
          "Record",
          { say: "at work" },
          { sleep_ms },
          { say: "still" },
          resultStep(true, "done"),
        ),
      );
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      await round.pause(0, 500);
      await fillDisk(round);
      await round.settle(victim, performance.now(), {
        ladderMs: sleep_ms + 1_000,
        outcomes: [DONE],
      });
    },
  },
  {
    name: "disk full while the result is written",
    obstacle: mountObstacle,
    async play(round) {
      await mountWorkspace(round, DISK);
      const summary = "done ".repeat(round.random.between(1, 4_000));
      const victim = await round.begin(
        steps(
          "Result",
          { say: "at work" },
          { wait_for_file: "go" },
          resultStep(true, summary),
        ),
      );
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      await round.pause(0, 200);
      await fillDisk(round);
      await Deno.writeTextFile(`${round.stage.repository.dir}/go`, "");
      const outcome = await round.settle(victim, performance.now(), {
        ladderMs: 1_000,
        outcomes: [DONE],
      });
      must(outcome["summary"] === summary, "The summary is not whole");
    },
  },
  {
    name: "disk full for a while, with a large result",
    obstacle: mountObstacle,
    slow: true,
    async play(round) {
      await mountWorkspace(round, DISK);
      const summary = "done ".repeat(round.random.between(20_000, 60_000));
      const victim = await round.begin(
        steps(
          "Result",
          { say: "at work" },
          { wait_for_file: "go" },
          resultStep(true, summary),
        ),
      );
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      await fillDisk(round);
      await Deno.writeTextFile(`${round.stage.repository.dir}/go`, "");
      await round.pause(500, 3_000);
      const shown = await round.stage.agentctl(["show", victim.id]);
      const { status } = JSON.parse(shown.stdout);
      must(status === "running", `show says ${status} of a run that tries on`);
      await freeDisk(round);
      const outcome = await round.settle(victim, performance.now(), {
        // It is tried every half second.
        ladderMs: 500,
        outcomes: [DONE],
      });
      must(outcome["summary"] === summary, "The summary is not whole");
    },
  },
  {
    name: "disk full, supervisor SIGKILL",
    obstacle: mountObstacle,
    async play(round) {
      await mountWorkspace(round, DISK);
      const victim = await round.begin(
        steps("Hang", { say: "at work" }, { hang: true }),
      );
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      await fillDisk(round);
      await round.pause(0, 300);
      const pid = await untilFound(
        "supervisor",
        () => findSupervisor(victim.id),
      );
      const since = performance.now();
      signal(pid, "SIGKILL");
      await round.settle(victim, since, {
        outcomes: [{ status: "lost", code: 4 }],
      });
    },
  },
  {
    name: "disk full before the start",
    obstacle: mountObstacle,
    async play(round) {
      await mountWorkspace(round, DISK);
      await round.open();
      await fillDisk(round);
      const { stage } = round;
      const runs = () =>
        [...Deno.readDirSync(`${stage.workspace}/runs`)].map((entry) =>
          entry.name
        ).join();
      const before = runs();
      const since = performance.now();
      const start = await stage.agentctl(["start"], {
        stdin: steps("No room", resultStep(true, "done")),
      });
      const tookMs = performance.now() - since;
      round.took(tookMs);
      must(
        start.code === 5 && /os error 28/.test(start.stderr),
        `start ends with ${start.code}: ${start.stderr}`,
      );
      must(tookMs < TRUTH_MS * 2, `start took ${Math.round(tookMs)} ms`);
      must(runs() === before, "A run that did not start is left");
      const list = await stage.agentctl(["list"]);
      must(list.code === 0, `list ends with ${list.code}: ${list.stderr}`);
    },
  },
  {
    name: "file size limit reached by events",
    async play(round) {
      await round.open();
      await limitFileSize(round, round.random.between(140, 400));
      const victim = await round.begin(
        steps("Flood", { flood: { bytes: 900_000 } }, resultStep(true, "done")),
      );
      await round.settle(victim, performance.now(), {
        ladderMs: 2_000,
        outcomes: [DONE],
      });
    },
  },
  {
    name: "file size limit below the record",
    slow: true,
    async play(round) {
      await round.open();
      await limitFileSize(round, round.random.between(0, 2));
      const victim = await round.begin(
        steps("No record", resultStep(true, "done")),
      );
      await round.settle(victim, performance.now(), {
        // The final record is tried for half a minute.
        ladderMs: 32_000,
        outcomes: [
          { status: "lost", code: 4 },
          { status: "failed", code: 4 },
        ],
      });
    },
  },
];
