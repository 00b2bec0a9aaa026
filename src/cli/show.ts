import { observeRun } from "../lifecycle/reconcile.ts";
import { OlderRunError, readOlderRun } from "../run/older_runs.ts";
import type { RunRecord } from "../run/record.ts";
import { markRead } from "../owners/read_marks.ts";
import { shownRunId } from "./chosen_runs.ts";
import { olderFacts, type RunFacts } from "../view/run_facts.ts";
import { usageError } from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import { command } from "./command.ts";
import { FULL_OPTION, isFrugal, shownRun } from "./shown_run.ts";

export default command({
  name: "show",
  summary: "print the record of a run",
  usage: "show <id> [--full] | show --schema",
  description:
    "Prints the record of a run as JSON, most important keys first. Any part of an id\nthat no other has will do, or of a title; @last is the newest run, for a session of Claude\nCode its own newest. To a pipe the record stays under 2 KB, for\nmodels, and in a session of Claude Code without what is empty or rarely needed, unless --json\nasks for the usual keys; --full prints all of it.",
  action: "show run",
  args: "[id]",
  argsOr: "schema",
  options: {
    ...FULL_OPTION,
    schema: flag("print the JSON schema of records (meta.json) instead"),
  },
  examples: [
    "agentctl show @last",
    "agentctl show 20260102-0304 | jq -r .summary",
  ],
  inSandbox: true,
  movesQueue: { without: "schema" },
  async run({ args, options, caller, fleet, print }) {
    const [text] = args;
    if (options.schema && text !== undefined) {
      throw usageError("Cannot show run: give a run or --schema, not both");
    }
    if (text === undefined) {
      const { recordJsonSchema } = await import("../run/record_json_schema.ts");
      print(JSON.stringify(recordJsonSchema(), null, 2));
      return 0;
    }
    const context = await fleet();
    const { workspace } = context;
    const { full } = options;
    const frugal = isFrugal(caller.env, options);
    const show = async (run: RunRecord | RunFacts) =>
      print(
        JSON.stringify(
          await shownRun(workspace, run, { full, frugal }),
          null,
          2,
        ),
      );
    let id;
    try {
      id = await shownRunId(context, text);
    } catch (error) {
      if (!(error instanceof OlderRunError)) throw error;
      await show(olderFacts(await readOlderRun(workspace, error.id)));
      return 0;
    }
    const record = await observeRun(context, id);
    await show(record);
    await markRead(context, [record]);
    return 0;
  },
});
