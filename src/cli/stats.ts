import { GROUPINGS, groupRuns } from "../view/run_sums.ts";
import {
  accountWords,
  OVERVIEW,
  runStats,
  statsJson,
} from "../view/run_stats.ts";
import { messageOf } from "../system/errors.ts";
import { choice, text } from "../terminal/option_spec.ts";
import { plural } from "../text/wording.ts";
import { command } from "./command.ts";
import { statsTable } from "../view/sums_table.ts";
import { stdoutCanvas } from "./terminal.ts";

/** The number of rows in each table of the overview. */
const OVERVIEW_ROWS = 10;

export default command({
  name: "stats",
  summary: "add up tokens, outcomes and time of the runs",
  description:
    "Adds up the runs of the workspace: how many there were and how they ended (MET and NOT: their\ngoal; FAILED: also stopped, lost or out of time; OPEN: waiting or running), the tokens that\nCodex counted (cached tokens are part of the input, reasoning is part of the output), and the\ntime of the workers. A run belongs to the day on which it was started; a chain is a run and\nthose that continued it. The lines below the tables show how\nmuch of each Codex account limit is used, as workers last reported.",
  action: "add up runs",
  args: "",
  options: {
    since: text(
      "D",
      "only runs started since then: 24h, 7d, or a date such as 2026-01-31",
    ),
    by: choice(
      "WHAT",
      GROUPINGS,
      `one table: by ${GROUPINGS.join(", ")} (default: by ${
        OVERVIEW.join(", ")
      })`,
    ),
  },
  examples: ["agentctl stats --since 7d", "agentctl stats --by chain --json"],
  readOnly: true,
  async run({ options, caller, fleet, print, say }) {
    const { by } = options;
    const stats = await runStats(
      fleet,
      options,
      (error) => say(messageOf(error)),
    );
    if (options.json) {
      print(JSON.stringify(statsJson(stats), null, 2));
      return 0;
    }
    const { runs, totals, groupings } = stats;
    const accounts = accountWords(stats);
    if (runs.length === 0) {
      say("No runs");
      if (accounts.length > 0) print(accounts.join("\n"));
      return 0;
    }
    const canvas = stdoutCanvas(caller.env);
    const tables = groupings.map((grouping, index) => {
      const groups = groupRuns(runs, grouping);
      const shown = by === undefined ? groups.slice(0, OVERVIEW_ROWS) : groups;
      const table = statsTable(
        grouping,
        shown,
        index === groupings.length - 1 ? totals : null,
        canvas,
      );
      const left = groups.length - shown.length;
      return left === 0 ? table : `${table}\n${
        canvas.style.dim(
          `and ${
            plural(left, grouping)
          } more, by "agentctl stats --by ${grouping}"`,
        )
      }`;
    });
    if (accounts.length > 0) tables.push(accounts.join("\n"));
    print(tables.join("\n\n"));
    return 0;
  },
});
