import { actOnRuns, YES } from "./chosen_runs.ts";
import { stopRuns } from "../fleet/stop_runs.ts";
import type { EndedRecord } from "../run/record.ts";
import { EXIT_CODES, messageOf } from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import { command, EVERYONE } from "./command.ts";

export default command({
  name: "stop",
  summary: "stop runs, their workers and everything they started",
  description:
    "Stops runs and returns when they have ended: Codex is asked to end, then forced to, and its\nchildren are ended too. A run that has already ended is left alone. Several are stopped in\nparallel, those in the queue first: @project and @label mean runs that have not ended, and\n--all all of these. In a session of Claude Code, such words mean its own runs.",
  usage: "stop <id>... | @project | @label | --all [--yes]",
  action: "stop",
  args: "<id>...",
  argsOr: "all",
  options: {
    all: flag("all runs that have not ended"),
    everyone: EVERYONE,
    ...YES,
  },
  examples: [
    "agentctl stop @last",
    "agentctl stop @shop",
    "agentctl stop --all",
  ],
  async run(call) {
    const { options, print, say } = call;
    const { all, everyone } = options;
    const choosing = { action: "stop", scope: "live", all, everyone } as const;
    return await actOnRuns(call, choosing, async (context, ids) => {
      const { outcomes, errors } = await stopRuns(
        context,
        ids,
        "Stopped by agentctl stop",
      );
      for (const { record, already, forced } of outcomes) {
        const words = already
          ? `had already ended (${record.status})`
          : forced
          ? "was stopped; its supervisor did not answer and was killed"
          : `is ${record.status}${howEnded(record)}`;
        say(`Run ${record.run_id} ${words}`);
      }
      const [error, ...others] = errors;
      others.forEach((other) => say(messageOf(other)));
      if (error !== undefined) throw error;
      if (options.json) {
        print(JSON.stringify(outcomes.map(({ record, already, forced }) => ({
          run_id: record.run_id,
          status: record.status,
          ended_by: record.ended_by,
          already,
          forced,
        }))));
      }
      return EXIT_CODES.ok;
    });
  },
});

/** What it took to end the worker. */
function howEnded(record: EndedRecord): string {
  return record.ended_by.length === 0
    ? ""
    : ` (it took ${record.ended_by.join(", ")})`;
}
