import { chainOf } from "../fleet/chain.ts";
import { shownRunId } from "./chosen_runs.ts";
import { WORDS_NOTE } from "../text/others_words.ts";
import { command } from "./command.ts";
import { shortIds } from "../run/short_ids.ts";
import { listRunIds } from "../run/store.ts";
import { chainLine } from "../view/chain_line.ts";
import { presentRun } from "../view/present_run.ts";
import { runFacts } from "../view/run_facts.ts";
import { runTable } from "../view/run_table.ts";
import { stdoutCanvas } from "./terminal.ts";

export default command({
  name: "chain",
  summary: "show the attempts at a task",
  description:
    "Shows all runs of a chain, oldest first, given any one of them: the first attempt, those\nthat --retry and --escalate made, and those that resumed it, with the reason for each.",
  action: "show a chain",
  args: "<id>",
  options: {},
  examples: ["agentctl chain @last"],
  readOnly: true,
  movesQueue: true,
  async run({ args, options, caller, fleet, print, say }) {
    const context = await fleet();
    const records = await chainOf(
      context,
      await shownRunId(context, args[0]),
    );
    const { workspace } = context;
    const runs = await Promise.all(
      records.map((record) => runFacts(workspace, record)),
    );
    if (options.json) {
      const shown = await Promise.all(
        runs.map((facts) => presentRun(workspace, facts)),
      );
      print(JSON.stringify(shown, null, 2));
      return 0;
    }
    print(runTable(runs, {
      ...stdoutCanvas(caller.env),
      short: shortIds(await listRunIds(workspace)),
    }));
    print("");
    for (const [index, record] of records.entries()) {
      print(`${index + 1}. ${chainLine(record)}`);
    }
    say(WORDS_NOTE);
    return 0;
  },
});
