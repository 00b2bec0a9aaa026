import { resolveTargets } from "../fleet/resolve_targets.ts";
import type { RunId } from "../run/id.ts";
import type { FleetContext } from "../workspace/context.ts";
import { markResult } from "../owners/read_marks.ts";
import { readerOf } from "../owners/reader.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { actOnRuns, YES } from "./chosen_runs.ts";
import { observeRun } from "../lifecycle/reconcile.ts";
import { EXIT_CODES, usageError } from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import { command, type CommonCall } from "./command.ts";

export default command({
  name: "ack",
  summary: "acknowledge results, so that the inbox no longer lists them",
  description:
    "Acknowledges the results of ended runs. wait and show do this once they have printed a\nresult to the end; a wait that Claude Code calls leaves it to whoever reads the output.",
  action: "acknowledge",
  args: "<id>...",
  argsHint: 'name runs or give --all, as in "agentctl ack @last"',
  argsOr: "all",
  options: { all: flag("everything that the inbox lists"), ...YES },
  examples: ["agentctl ack @last", "agentctl ack --all"],
  async run(call) {
    const { args, options, fleet } = call;
    if (!options.all) {
      const choosing = { action: "acknowledge", scope: "unread" } as const;
      return await actOnRuns(
        call,
        choosing,
        (context, ids) => acknowledge(call, context, ids),
      );
    }
    if (args.length > 0) {
      throw usageError("Cannot acknowledge: give runs or --all, not both");
    }
    const context = await fleet();
    const ids = await resolveTargets(context, ["@unread"], { scope: "any" });
    return await acknowledge(call, context, ids);
  },
});

async function acknowledge(
  { options, print, say }: CommonCall,
  context: FleetContext,
  ids: readonly RunId[],
): Promise<number> {
  const records: EndedRecord[] = [];
  for (const id of ids) {
    const record = await observeRun(context, id);
    if (!isEnded(record)) {
      throw usageError(
        `Cannot acknowledge run "${id}": it is still ${record.status}; wait for it with "agentctl wait ${id}"`,
      );
    }
    records.push(record);
  }
  const reader = await readerOf(context);
  const acknowledged: string[] = [];
  for (const record of records) {
    if (await markResult(context, record, reader)) {
      acknowledged.push(record.run_id);
      continue;
    }
    say(
      `Run ${record.run_id} stays in the inbox of the session that asked for it`,
    );
  }
  const [first, second] = acknowledged;
  if (options.json) print(JSON.stringify(acknowledged));
  else if (first !== undefined && second === undefined) {
    say(`Acknowledged run ${first}`);
  } else if (first !== undefined || records.length === 0) {
    say(`Acknowledged ${acknowledged.length} runs`);
  }
  return EXIT_CODES.ok;
}
