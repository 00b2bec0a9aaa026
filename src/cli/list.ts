import { resolve } from "@std/path";
import { closestString } from "@std/text";
import type { FleetContext } from "../fleet/context.ts";
import { observeRun } from "../fleet/reconcile.ts";
import { pauseLines, type Pauses, readPauses } from "../fleet/pauses.ts";
import { waitingReason } from "../fleet/waiting_reason.ts";
import { homeFolder } from "../run/home_folder.ts";
import { RUN_STATUSES, type RunRecord } from "../run/record.ts";
import type { RunId } from "../run/id.ts";
import { overlapsOf } from "../run/overlap_files.ts";
import { newestFirst } from "../run/store.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { messageOf, usageError } from "../system/errors.ts";
import { type Command, optionText, type OptionValues } from "./command.ts";
import { presentRecord } from "../view/present_run.ts";
import { OVERLAP_MARK, runTable } from "../view/run_table.ts";
import { inTree } from "../view/run_tree.ts";
import { stdoutStyle, stdoutWidth } from "./terminal.ts";

const DEFAULT_LIMIT = 20;

export const listCommand: Command = {
  name: "list",
  summary: "list the runs, newest first",
  usage: "list [--limit N] [--status S] [--project P] [--all]",
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
    { name: "all", help: "all of them" },
    {
      name: "tree",
      help: "draw chains, and what comes after what, as a tree",
    },
  ],
  examples: [
    "agentctl list",
    "agentctl list --status running --json",
    "agentctl list --tree",
  ],
  readOnly: true,
  movesQueue: true,
  async run({ args, options, caller, fleet, print, say }) {
    if (args.length > 0) {
      throw usageError(`Cannot list runs: argument "${args[0]}" is unexpected`);
    }
    const filter = makeFilter(options, caller.cwd);
    const limit = readLimit(options);
    const context = await fleet();
    const found = await collect(context, filter, limit);
    const { damaged } = found;
    const { records, branches } = options["tree"]
      ? inTree(found.records)
      : { records: found.records, branches: undefined };
    for (const { message } of damaged) say(message);
    const pauses = await readPauses(context.workspace).catch((error) => {
      say(messageOf(error));
      return {};
    });
    const waiting = await waitingReasons(context, records, pauses);
    if (options["json"]) {
      const shown = await Promise.all(
        records.map((record) => presentRecord(context.workspace, record)),
      );
      const broken = damaged.map(({ id, message }) => ({
        run_id: id,
        status: "damaged",
        error: message,
      }));
      print(JSON.stringify([...shown, ...broken], null, 2));
    } else if (records.length + damaged.length === 0) {
      say("There are no such runs");
    } else {
      const overlapping = await findOverlapping(context.workspace, records);
      print(runTable(
        records,
        stdoutWidth(caller.env),
        stdoutStyle(caller.env),
        damaged.map(({ id }) => id),
        { waiting, branches, overlapping },
      ));
      if (overlapping.size > 0) {
        say(
          `${OVERLAP_MARK} changed the same files as another run at the same time: "agentctl show ID" names both`,
        );
      }
    }
    for (const line of pauseLines(pauses, Date.now())) say(line);
    return 0;
  },
};

async function waitingReasons(
  { workspace }: FleetContext,
  records: readonly RunRecord[],
  pauses: Pauses,
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  for (const record of records) {
    const reason = await waitingReason(workspace, record, pauses);
    if (reason !== null) reasons.set(record.run_id, reason);
  }
  return reasons;
}

async function findOverlapping(
  workspace: Workspace,
  records: RunRecord[],
): Promise<Set<string>> {
  const found = await Promise.all(records.map(async (record) => {
    const overlaps = await overlapsOf(workspace, record);
    return overlaps.length === 0 ? [] : [record.run_id];
  }));
  return new Set(found.flat());
}

type Filter = (record: RunRecord) => boolean;

function makeFilter(options: OptionValues, cwd: string): Filter {
  const status = optionText(options, "status");
  if (status !== undefined && !RUN_STATUSES.some((known) => known === status)) {
    throw usageError(
      `Cannot list runs: status "${status}" is unknown; did you mean "${
        closestString(status, RUN_STATUSES)
      }"`,
    );
  }
  const project = optionText(options, "project");
  return (record) =>
    (status === undefined || record.status === status) &&
    (project === undefined || record.project === project ||
      homeFolder(record) === resolve(cwd, project));
}

function readLimit(options: OptionValues): number {
  const text = optionText(options, "limit");
  if (options["all"]) return Infinity;
  if (text === undefined) return DEFAULT_LIMIT;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(
    `Cannot list runs: --limit "${text}" is wrong; give a whole number from 1 on`,
  );
}

/** How many records are read side by side. */
const BATCH = 32;

async function collect(context: FleetContext, filter: Filter, limit: number) {
  const records: RunRecord[] = [];
  const damaged: { id: RunId; message: string }[] = [];
  const ids = await newestFirst(context.workspace);
  for (let i = 0; i < ids.length && records.length < limit; i += BATCH) {
    const size = Math.min(BATCH, limit - records.length);
    const batch = ids.slice(i, i + BATCH);
    const read = await Promise.all(batch.map(async (id) => {
      try {
        return await observeRun(context, id);
      } catch (error) {
        damaged.push({ id, message: messageOf(error) });
        return null;
      }
    }));
    records.push(
      ...read.filter((record) => record !== null).filter(filter).slice(0, size),
    );
  }
  return { records, damaged };
}
