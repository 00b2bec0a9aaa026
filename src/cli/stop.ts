import { stopRun } from "../fleet/mod.ts";
import type { EndedRecord } from "../run/record.ts";
import { resolveRunId } from "../run/store.ts";
import { usageError } from "../system/errors.ts";
import type { Command } from "./command.ts";

export const stopCommand: Command = {
  name: "stop",
  summary: "end runs, their workers and all that these started",
  usage: "stop <id>...",
  description:
    "Ends runs and returns when they have ended: Codex is asked, then made to, and its\nchildren go too. A run that has ended already is left as it is.",
  options: [],
  examples: ["agentctl stop @last"],
  async run({ args, options, fleet, print, say }) {
    if (args.length === 0) {
      throw usageError('Cannot stop: name a run, as in "agentctl stop @last"');
    }
    const context = await fleet();
    const ids = [];
    for (const arg of args) {
      ids.push(await resolveRunId(context.workspace, arg));
    }
    const outcomes = await Promise.all(
      ids.map((id) => stopRun(context, id, "Stopped by agentctl stop")),
    );
    for (const { record, already, forced } of outcomes) {
      const words = already
        ? `had ended before (${record.status})`
        : forced
        ? "was stopped; its supervisor did not answer and was killed"
        : `is ${record.status}${howEnded(record)}`;
      say(`Run ${record.run_id} ${words}`);
    }
    if (options["json"]) {
      print(JSON.stringify(outcomes.map(({ record, already, forced }) => ({
        run_id: record.run_id,
        status: record.status,
        ended_by: record.ended_by,
        already,
        forced,
      }))));
    }
    return 0;
  },
};

/** What it took to end the worker. */
function howEnded(record: EndedRecord): string {
  return record.ended_by.length === 0
    ? ""
    : ` (it took ${record.ended_by.join(", ")})`;
}
