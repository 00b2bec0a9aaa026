import { pauseLines, readPauses } from "../queue/pauses.ts";
import { shortIds } from "../run/short_ids.ts";
import { RUN_STATUSES } from "../run/record.ts";
import { TASK_OPTIONS } from "../task/task_options.ts";
import { messageOf } from "../system/errors.ts";
import { newestRuns, passesFilter } from "../view/newest_runs.ts";
import { olderRows } from "../view/older_rows.ts";
import { ownerColumn } from "../view/owner_words.ts";
import { presentRun } from "../view/present_run.ts";
import { runFacts } from "../view/run_facts.ts";
import { OVERLAP_MARK, runTable } from "../view/run_table.ts";
import { inTree } from "../view/run_tree.ts";
import { choice, flag, text } from "../terminal/option_spec.ts";
import { orphanStates, orphanWords } from "../workspace/orphan_states.ts";
import { command, EVERYONE } from "./command.ts";
import { stdoutCanvas } from "./terminal.ts";

const DEFAULT_LIMIT = "20";

export default command({
  name: "list",
  summary: "list the runs, newest first",
  description:
    `Lists the runs of the workspace, newest first: the last ${DEFAULT_LIMIT}, or as many as --limit says. In\na session of Claude Code these are its own and yours. OWNER says who asked for them, if there\nare several.`,
  action: "list runs",
  args: "",
  options: {
    limit: {
      kind: "number",
      alias: "n",
      value: "N",
      from: 1,
      to: 999_999_999,
      preset: DEFAULT_LIMIT,
      help: "how many",
    },
    status: choice(
      "S",
      RUN_STATUSES,
      `only those with this status: ${RUN_STATUSES.join(", ")}`,
    ),
    project: text("P", "only those of this project (name or folder)"),
    label: {
      ...TASK_OPTIONS.label,
      value: "L",
      help: "only those with this label; repeat it for runs with several",
    },
    all: flag("all of them"),
    everyone: EVERYONE,
    tree: flag("draw chains and dependencies as a tree"),
  },
  examples: [
    "agentctl list",
    "agentctl list --status running --json",
    "agentctl list --label tax --tree",
  ],
  readOnly: true,
  movesQueue: true,
  async run({ options, caller, fleet, print, say }) {
    const context = await fleet();
    const { workspace } = context;
    const filter = {
      limit: options.all ? Infinity : options.limit,
      status: options.status,
      project: options.project,
      labels: options.label,
      everyone: options.everyone,
    };
    const { records: found, damaged, others, ids } = await newestRuns(
      context,
      filter,
    );
    const older = await olderRows(
      workspace,
      passesFilter(context, filter),
      filter.limit - found.length,
    );
    const { records, branches } = options.tree
      ? inTree(found)
      : { records: found, branches: undefined };
    for (const { message } of damaged) say(message);
    const pauses = await readPauses(workspace).catch((error) => {
      say(messageOf(error));
      return {};
    });
    const runs = [
      ...await Promise.all(
        records.map((record) => runFacts(workspace, record, pauses)),
      ),
      ...older.runs,
    ];
    if (options.json) {
      const shown = await Promise.all(
        runs.map((facts) => presentRun(workspace, facts)),
      );
      const broken = damaged.map(({ id, message }) => ({
        run_id: id,
        status: "damaged",
        error: message,
      }));
      print(JSON.stringify([...shown, ...broken], null, 2));
    } else if (runs.length + damaged.length === 0) {
      say("No runs");
    } else {
      print(runTable(runs, {
        ...stdoutCanvas(caller.env),
        short: shortIds(ids),
        damagedIds: damaged.map(({ id }) => id),
        branches,
        owners: ownerColumn(runs.map(({ record }) => record)),
      }));
      if (runs.some(({ overlaps }) => overlaps.length > 0)) {
        say(
          `${OVERLAP_MARK} changed the same files as another run at the same time: "agentctl show ID" names both`,
        );
      }
    }
    if (others) say('Others have runs, too: "agentctl list --everyone"');
    for (const line of pauseLines(pauses, Date.now())) say(line);
    if (older.remark !== null) say(older.remark);
    for (const orphan of await orphanStates(caller.env)) {
      const { message, remedy } = orphanWords(orphan);
      if (orphan.runs > 0) say(`${message}: ${remedy}`);
    }
    return 0;
  },
});
