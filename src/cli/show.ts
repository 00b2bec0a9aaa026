import { observeRun } from "../lifecycle/reconcile.ts";
import { OlderRunError, readOlderRun } from "../run/older_runs.ts";
import type { RunRecord } from "../run/record.ts";
import { markRead } from "../owners/read_marks.ts";
import { shownRunId } from "./chosen_runs.ts";
import { olderFacts, type RunFacts } from "../view/run_facts.ts";
import { usageError } from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import { command } from "./command.ts";
import { FULL_OPTION, isForPerson, isFrugal, shownRun } from "./shown_run.ts";

export default command({
  name: "show",
  summary: "show a run: its result, what it changed, what to do next",
  usage: "show <id> [--full] | show --schema",
  description:
    "Shows a run: on a terminal as a card with its result, what it changed and what to do next;\nelsewhere, with --json or --full, and where a model calls, as JSON, most important keys first.\nAny part of an id that no other has will do, or of a title; @last is the newest run, for a\nsession of Claude Code its own newest. To a pipe the record stays under 2 KB, for models, and\nin a session of Claude Code without what is empty or rarely needed, unless --json asks for the\nusual keys; --full prints all of it.",
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
    const show = async (run: RunRecord | RunFacts) => {
      if (isForPerson(options)) {
        const { printCard } = await import("./print_card.ts");
        return await printCard(context, run, print);
      }
      print(
        JSON.stringify(
          await shownRun(workspace, run, { full, frugal }),
          null,
          2,
        ),
      );
    };
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
