import { type Fault, must } from "../fault.ts";
import { findSupervisor, signal } from "../processes.ts";
import { strike, untilFound } from "../strike.ts";
import { serverPid } from "./panes.ts";

/** The supervisor, or its pane, went before it could say anything. */
const NOT_YET = {
  status: "failed",
  code: 4,
  reason: /^The pane closed before the supervisor had started$/,
};

function ended(name: Deno.Signal, reason: RegExp): Fault {
  return {
    name: `supervisor ${name}`,
    async play(round) {
      await strike(round, {
        outcomes: [{ status: "stopped", code: 4, reason }],
        moments: ["working", "working", "late"],
        hit: ({ id }) => {
          const pid = findSupervisor(id);
          if (pid !== null) signal(pid, name);
          return Promise.resolve();
        },
      });
    },
  };
}

/** Everything that can happen to the process that watches a run. */
export const SUPERVISOR_FAULTS: readonly Fault[] = [
  {
    name: "supervisor SIGKILL",
    async play(round) {
      await strike(round, {
        outcomes: [
          { status: "lost", code: 4, reason: /died without reporting an end/ },
          NOT_YET,
        ],
        hit: ({ id }) => {
          const pid = findSupervisor(id);
          if (pid !== null) signal(pid, "SIGKILL");
          // Nobody there yet, or any more: the pane goes instead.
          return pid === null ? round.tmux("kill-server") : Promise.resolve();
        },
      });
    },
  },
  ended("SIGTERM", /^The supervisor was told to end \(SIGTERM\)$/),
  ended("SIGHUP", /^The pane was closed$/),
  {
    name: "supervisor SIGSTOP, then stop",
    slow: true,
    async play(round) {
      const { stage } = round;
      await strike(round, {
        moments: ["working"],
        // stop waits for 12 s before it makes an end of a supervisor that does not answer.
        ladderMs: 13_000,
        outcomes: [{ status: "stopped", code: 4, reason: /agentctl stop/ }],
        hit: async ({ id }) => {
          // tmux wakes what is stopped in its panes, unless it is stopped too.
          const server = round.random.pick([null, await serverPid(round)]);
          if (server !== null) {
            signal(server, "SIGSTOP");
            round.onEnd(() => Promise.resolve(signal(server, "SIGCONT")));
          }
          const pid = await untilFound("supervisor", () => findSupervisor(id));
          signal(pid, "SIGSTOP");
          await round.pause(0, 300);
          const shown = JSON.parse(
            (await stage.agentctl(["show", id])).stdout,
          );
          must(
            shown.status === "running",
            `show says ${shown.status} of a run that is`,
          );
          const stop = await stage.agentctl(["stop", id]);
          must(
            stop.code === 0,
            `stop ends with ${stop.code}: ${stop.stderr}`,
          );
          if (server !== null) signal(server, "SIGCONT");
        },
      });
    },
  },
];
