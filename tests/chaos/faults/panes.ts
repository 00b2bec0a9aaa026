import type { Fault } from "../fault.ts";
import { signal } from "../processes.ts";
import { strike } from "../strike.ts";
import { type Round, type Victim } from "../round.ts";

/** A run whose pane is gone: stopped, or failed if its supervisor was not there yet. */
const CLOSED = {
  outcomes: [
    { status: "stopped", code: 4, reason: /^The pane was closed$/ },
    {
      status: "failed",
      code: 4,
      reason: /^The pane closed before the supervisor had started$/,
    },
  ],
  // A supervisor that comes up late has to find a worker that does.
  ladderMs: 2_000,
};

async function paneOf(round: Round, { id }: Victim, key: string) {
  const path = round.stage.runFile(id, "meta.json");
  return String(JSON.parse(await Deno.readTextFile(path)).pane[key]);
}

/** Everything that can happen to the tmux around a run. */
export const PANE_FAULTS: readonly Fault[] = [
  {
    name: "pane killed",
    async play(round) {
      await strike(round, {
        ...CLOSED,
        hit: async (victim) =>
          await round.tmux(
            "kill-pane",
            "-t",
            await paneOf(round, victim, "pane_id"),
          ),
      });
    },
  },
  {
    name: "window killed",
    async play(round) {
      await strike(round, {
        ...CLOSED,
        hit: async (victim) =>
          await round.tmux(
            "kill-window",
            "-t",
            await paneOf(round, victim, "window_id"),
          ),
      });
    },
  },
  {
    name: "tmux server ended",
    async play(round) {
      await strike(round, {
        ...CLOSED,
        hit: () => round.tmux("kill-server"),
      });
    },
  },
  {
    name: "tmux server SIGKILLed",
    async play(round) {
      await strike(round, {
        ...CLOSED,
        hit: async () => signal(await serverPid(round), "SIGKILL"),
      });
    },
  },
];

/** The process of the round's tmux server. */
export async function serverPid({ stage }: Round): Promise<number> {
  const { stdout } = await new Deno.Command("tmux", {
    args: ["display-message", "-p", "#{pid}"],
    env: stage.env,
    clearEnv: true,
  }).output();
  return Number(new TextDecoder().decode(stdout).trim());
}
