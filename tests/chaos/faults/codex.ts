import { join } from "@std/path";
import { resultStep, steps } from "../../support/stage.ts";
import { type Fault, must } from "../fault.ts";
import { findWorker, processesOfRun, signal } from "../processes.ts";
import { DONE, strike, untilFileHolds, untilFound } from "../strike.ts";
import { type Expectation } from "../truth.ts";

/** SIGINT and SIGTERM have two seconds each before SIGKILL; then what is left is looked for. */
const LADDER_MS = 5_000;

/** A worker that ends by itself, in a way of its own. */
function ending(
  name: string,
  list: Record<string, unknown>[],
  expected: Expectation,
): Fault {
  return {
    name,
    async play(round) {
      const prompt = steps(name, {
        sleep_ms: round.random.between(0, 200),
      }, ...list);
      const victim = await round.begin(prompt);
      const since = performance.now();
      await round.settle(victim, since, { ladderMs: 1_500, ...expected });
    },
  };
}

/** Everything that the worker's process can do wrong. */
export const CODEX_FAULTS: readonly Fault[] = [
  {
    name: "Codex SIGKILL",
    async play(round) {
      await strike(round, {
        moments: ["working", "late"],
        outcomes: [
          { status: "failed", code: 4, reason: /killed by SIGKILL/ },
        ],
        hit: ({ id }) => {
          const pid = findWorker(id);
          if (pid !== null) signal(pid, "SIGKILL");
          return Promise.resolve();
        },
      });
    },
  },
  {
    name: "Codex ignores signals, stop",
    slow: true,
    async play(round) {
      await strike(round, {
        moments: ["working"],
        before: [{ ignore_signals: true }, { say: "ignoring" }],
        ladderMs: LADDER_MS,
        outcomes: [{ status: "stopped", code: 4, reason: /agentctl stop/ }],
        hit: async ({ id }) => {
          await untilFileHolds(round, id, "events.jsonl", "ignoring");
          await round.stage.agentctl(["stop", id]);
        },
      });
    },
  },
  {
    name: "Codex ignores signals, pane killed",
    slow: true,
    async play(round) {
      await strike(round, {
        moments: ["working"],
        before: [{ ignore_signals: true }, { say: "ignoring" }],
        ladderMs: LADDER_MS,
        outcomes: [
          { status: "stopped", code: 4, reason: /^The pane was closed$/ },
        ],
        hit: async ({ id }) => {
          await untilFileHolds(round, id, "events.jsonl", "ignoring");
          await round.tmux("kill-server");
        },
      });
    },
  },
  {
    name: "Codex hangs, --timeout",
    async play(round) {
      const seconds = round.random.between(3, 12) / 10;
      const victim = await round.begin(
        steps("Hang", { hang: true }),
        "--timeout",
        `${seconds * 1000}ms`,
      );
      await round.settle(victim, performance.now(), {
        ladderMs: seconds * 1000 + 1_000,
        outcomes: [{ status: "timed_out", code: 4, reason: /time limit/ }],
      });
    },
  },
  {
    name: "Codex hangs and ignores signals, --timeout",
    slow: true,
    async play(round) {
      const victim = await round.begin(
        steps("Hang", { ignore_signals: true }, { hang: true }),
        "--timeout",
        "1500ms",
      );
      await round.settle(victim, performance.now(), {
        ladderMs: 1_500 + 1_000 + LADDER_MS,
        outcomes: [{ status: "timed_out", code: 4, reason: /time limit/ }],
      });
    },
  },
  ending("Codex ends without an event", [{ no_events: true }, { exit: 1 }], {
    outcomes: [{ status: "failed", code: 4, goalMet: null }],
  }),
  ending("Codex exits 0 without a turn", [
    { no_events: true },
    {
      raw:
        '{"type":"thread.started","thread_id":"00000000-0000-0000-0000-000000000001"}\n',
    },
    { exit: 0 },
  ], { outcomes: [{ status: "failed", code: 4, goalMet: null }] }),
  ending("Codex exits 0 in the middle of a turn", [
    { say: "begun" },
    { exit: 0 },
  ], { outcomes: [{ status: "finished", code: 1, goalMet: null }] }),
  ending("Codex exits 1 after a result", [
    resultStep(true, "done"),
    { exit: 1 },
  ], { outcomes: [{ status: "finished", code: 1, goalMet: null }] }),
  {
    name: "Codex leaves a server behind",
    async play(round) {
      const { stage } = round;
      const launcher = join(stage.scratch.bin, "codex");
      const text = await Deno.readTextFile(launcher);
      // A session of its own, its parent gone, deaf to SIGTERM, with the worker's pipes open.
      const server =
        `case "$*" in *--json*) setsid sh -c 'trap "" TERM HUP; while :; do sleep 1000; done' & ;; esac`;
      await Deno.writeTextFile(
        launcher,
        text.replace(/^exec/m, `${server}\nexec`),
      );
      const victim = await round.begin(
        steps("Server", { say: "at work" }, resultStep(true, "done")),
      );
      await untilFound(
        "server",
        () => processesOfRun(victim.id).length >= 3,
      );
      await round.settle(victim, performance.now(), {
        // Its pipes are read until they are silent; then it has half a second to end.
        ladderMs: 2_000,
        outcomes: [DONE],
      });
      must(
        processesOfRun(victim.id).length === 0,
        "The server has outlived the run",
      );
    },
  },
];
