import { shellCommand } from "../../../src/system/shell.ts";
import { resultStep, steps } from "../../support/stage.ts";
import { type Fault, lost, must } from "../fault.ts";
import { findSupervisor, signal } from "../processes.ts";
import { DONE, untilFileHolds, untilFound } from "../strike.ts";
import { type Round, TRUTH_MS } from "../round.ts";
import { within } from "../../support/until.ts";
import { endOf } from "../truth.ts";

/** Either of these at zero leaves a user namespace without inotify. */
const NO_INOTIFY = ["max_inotify_instances", "max_inotify_watches"];

async function namespaceObstacle(): Promise<string | null> {
  const path = "/proc/sys/user/max_inotify_instances";
  try {
    const { success } = await new Deno.Command("unshare", {
      args: ["-Ur", "sh", "-c", `echo 0 > ${path}`],
      stdout: "null",
      stderr: "null",
    }).output();
    return success ? null : "no user namespace can be made here";
  } catch {
    return "there is no unshare here";
  }
}

/** A command in front of another that leaves it without inotify. */
function withoutInotify({ random }: Round): string[] {
  const limit = `/proc/sys/user/${random.pick(NO_INOTIFY)}`;
  return ["unshare", "-Ur", "sh", "-c", `echo 0 > ${limit}; exec "$@"`, "sh"];
}

/** Everything of the system that can run out. */
export const LIMIT_FAULTS: readonly Fault[] = [
  {
    name: "no inotify for wait",
    obstacle: namespaceObstacle,
    async play(round) {
      await round.open();
      const isKilled = round.random.between(0, 1) === 1;
      const id = await round.stage.start(steps(
        "Unwatched",
        { say: "at work" },
        ...isKilled ? [{ hang: true }] : [
          { sleep_ms: round.random.between(0, 400) },
          resultStep(true, "done"),
        ],
      ));
      const command = `exec ${
        shellCommand([...round.stage.command, "wait", id])
      }`;
      const [program = "", ...args] = withoutInotify(round);
      const { stage } = round;
      const waiter = new Deno.Command(program, {
        args: [...args, "sh", "-c", command],
        cwd: stage.repository.dir,
        env: stage.env,
        clearEnv: true,
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const victim = { id, waiter, waiting: endOf(waiter) };
      await untilFileHolds(round, id, "events.jsonl", "at work");
      await round.pause(0, 300);
      const since = performance.now();
      if (isKilled) {
        signal(
          await untilFound("supervisor", () => findSupervisor(id)),
          "SIGKILL",
        );
      }
      await round.settle(victim, since, {
        ladderMs: 500,
        outcomes: [isKilled ? { status: "lost", code: 4 } : DONE],
      });
    },
  },
  {
    name: "no inotify for the supervisor, stop",
    obstacle: namespaceObstacle,
    async play(round) {
      await round.open();
      await round.serveBy(withoutInotify(round));
      const victim = await round.begin(
        steps("Unwatched", { say: "at work" }, { hang: true }),
      );
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      await round.pause(0, 800);
      const since = performance.now();
      const stop = await round.stage.agentctl(["stop", victim.id]);
      must(stop.code === 0, `stop ends with ${stop.code}: ${stop.stderr}`);
      await round.settle(victim, since, {
        // Requests are looked for every second.
        ladderMs: 1_000,
        outcomes: [{ status: "stopped", code: 4, reason: /agentctl stop/ }],
      });
    },
  },
  {
    name: "no file descriptor for wait and list",
    async play(round) {
      const { random, stage } = round;
      const victim = await round.begin(
        steps(
          "Descriptors",
          { say: "at work" },
          { sleep_ms: random.between(0, 500) },
          resultStep(true, "done"),
        ),
      );
      const own = shellCommand(round.stage.command);
      const limit = random.between(8, 40);
      for (const words of [`wait ${victim.id}`, "list"]) {
        const child = new Deno.Command("sh", {
          args: ["-c", `ulimit -n ${limit}; exec ${own} ${words}`],
          cwd: stage.repository.dir,
          env: stage.env,
          clearEnv: true,
          stdout: "piped",
          stderr: "piped",
        }).spawn();
        round.onEnd(() => Promise.resolve(signal(child.pid, "SIGKILL")));
        const ended = await within(
          `the end of ${words} with ${limit} descriptors`,
          endOf(child),
          { within: 20_000, error: lost },
        );
        must(
          ended.code !== 0 || ended.stdout.includes(victim.id.slice(-4)),
          `${words} ends with ${ended.code} and tells nothing`,
        );
        must(
          ended.code === 0 || ended.stderr !== "",
          `${words} ends with ${ended.code} and no word`,
        );
      }
      await round.settle(victim, performance.now(), {
        ladderMs: 1_500,
        outcomes: [DONE],
      });
    },
  },
  {
    name: "no file descriptor left for the supervisor",
    slow: true,
    async play(round) {
      const victim = await round.begin(
        steps(
          "Descriptors",
          { say: "at work" },
          { sleep_ms: round.random.between(100, 600) },
          resultStep(true, "done"),
        ),
      );
      await untilFileHolds(round, victim.id, "events.jsonl", "at work");
      const pid = await untilFound(
        "supervisor",
        () => findSupervisor(victim.id),
      );
      await round.pause(0, 100);
      const since = performance.now();
      await new Deno.Command("prlimit", {
        args: ["--pid", `${pid}`, "--nofile=3:3"],
      }).output();
      const waiting = within("the end of wait", victim.waiting, {
        within: TRUTH_MS + 45_000,
        error: lost,
      });
      await round.settle({ ...victim, waiting }, since, {
        // The final record is tried for half a minute.
        ladderMs: 34_000,
        outcomes: [DONE, { status: "lost", code: 4 }],
      });
    },
  },
];
