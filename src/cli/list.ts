import { pauseLines, readPauses } from "../fleet/pauses.ts";
import { RUN_STATUSES } from "../run/record.ts";
import { readTaskOptions } from "../fleet/task_choices.ts";
import { messageOf, usageError } from "../system/errors.ts";
import { readChoice, readNumber } from "../text/option_value.ts";
import { newestRuns, passesFilter } from "../view/newest_runs.ts";
import { olderRows } from "../view/older_rows.ts";
import { presentRun } from "../view/present_run.ts";
import { runFacts } from "../view/run_facts.ts";
import { OVERLAP_MARK, runTable } from "../view/run_table.ts";
import { inTree } from "../view/run_tree.ts";
import { orphanStates, orphanWords } from "../workspace/orphan_states.ts";
import { type Command, optionText, type OptionValues } from "./command.ts";
import { stdoutStyle, stdoutWidth } from "./terminal.ts";

const DEFAULT_LIMIT = 20;

export const listCommand: Command = {
  name: "list",
  summary: "list the runs, newest first",
  usage: "list [--limit N] [--status S] [--project P] [--label L] [--all]",
  description:
    `Lists the runs of the workspace, newest first: the last ${DEFAULT_LIMIT}, or as many as --limit says.`,
  options: [
    {
      name: "limit",
      alias: "n",
      value: "N",
      help: `how many (default ${DEFAULT_LIMIT})`,
    },
    {
      name: "status",
      value: "S",
      help: `only those with this status: ${RUN_STATUSES.join(", ")}`,
    },
    {
      name: "project",
      value: "P",
      help: "only those of this project (name or folder)",
    },
    {
      name: "label",
      value: "L",
      repeatable: true,
      help: "only those with this label; repeat it for those with several",
    },
    { name: "all", help: "all of them" },
    {
      name: "tree",
      help: "draw chains, and what comes after what, as a tree",
    },
  ],
  examples: [
    "agentctl list",
    "agentctl list --status running --json",
    "agentctl list --label tax --tree",
  ],
  readOnly: true,
  movesQueue: true,
  async run({ args, options, caller, fleet, print, say }) {
    if (args.length > 0) {
      throw usageError(`Cannot list runs: argument "${args[0]}" is unexpected`);
    }
    const context = await fleet();
    const { workspace } = context;
    const filter = {
      limit: readLimit(options),
      status: readStatus(options),
      project: optionText(options, "project"),
      labels: readTaskOptions({ label: options["label"] }).label,
    };
    const { records: found, damaged } = await newestRuns(context, filter);
    const older = await olderRows(
      workspace,
      passesFilter(context, filter),
      filter.limit - found.length,
    );
    const { records, branches } = options["tree"]
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
    if (options["json"]) {
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
      say("There are no such runs");
    } else {
      print(runTable(runs, {
        width: stdoutWidth(caller.env),
        style: stdoutStyle(caller.env),
        damagedIds: damaged.map(({ id }) => id),
        branches,
      }));
      if (runs.some(({ overlaps }) => overlaps.length > 0)) {
        say(
          `${OVERLAP_MARK} changed the same files as another run at the same time: "agentctl show ID" names both`,
        );
      }
    }
    for (const line of pauseLines(pauses, Date.now())) say(line);
    if (older.remark !== null) say(older.remark);
    for (const orphan of await orphanStates(caller.env)) {
      const { message, remedy } = orphanWords(orphan);
      if (orphan.runs > 0) say(`${message}: ${remedy}`);
    }
    return 0;
  },
};

function readStatus(options: OptionValues): string | undefined {
  const status = optionText(options, "status");
  return status && readChoice("--status", status, RUN_STATUSES);
}

function readLimit(options: OptionValues): number {
  const text = optionText(options, "limit");
  if (options["all"]) return Infinity;
  return readNumber("--limit", text ?? DEFAULT_LIMIT, {
    from: 1,
    to: 999_999_999,
  });
}
