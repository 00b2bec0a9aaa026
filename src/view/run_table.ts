import { questionLine } from "../run/question_lines.ts";
import { formatDuration } from "../text/duration.ts";
import { harmlessLine } from "../text/others_words.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { formatWhen } from "../text/relative_time.ts";
import type { Style } from "../terminal/style.ts";
import {
  renderTable,
  type TableCell,
  type TableColumn,
} from "../terminal/table.ts";
import type { RunFacts } from "./run_facts.ts";

/** Marks a run that changed the same files as another at the same time. */
export const OVERLAP_MARK = "⚠";

export interface RunTableOptions {
  width: number;
  style: Style;
  /** The form in which ids are shown. */
  short?: (id: string) => string;
  /** Runs whose records cannot be read. */
  damagedIds?: readonly string[];
  /** What precedes the titles, by id, to draw a tree. */
  branches?: ReadonlyMap<string, string>;
  /** Who asked for the runs, by id; without it, there is no such column. */
  owners?: ReadonlyMap<string, string>;
}

/** A table of runs that fits the width. */
export function runTable(
  runs: readonly RunFacts[],
  {
    width,
    style,
    short = (id) => id,
    damagedIds = [],
    branches,
    owners = new Map(),
  }: RunTableOptions,
): string {
  const hasOverlaps = runs.some(({ overlaps }) => overlaps.length > 0);
  const shown = owners.size === 0
    ? COLUMNS
    : COLUMNS.toSpliced(OWNER_PLACE, 0, ownerColumn(owners));
  const ids = [...runs.map(({ record }) => record.run_id), ...damagedIds];
  const least: Record<string, number> = {
    RUN: Math.max(0, ...ids.map((id) => short(id).length)),
    STATUS: STATUS_WIDTH + (hasOverlaps ? 2 : 0),
  };
  const columns = shown.filter(({ from }) => width >= from)
    .map((column) => ({ ...column, min: least[column.title] ?? column.min }));
  return renderTable({
    columns,
    rows: [
      ...runs.map((facts) =>
        columns.map(({ title, cell }) =>
          title === "RUN"
            ? short(facts.record.run_id)
            : cell(facts, style, branches?.get(facts.record.run_id) ?? "")
        )
      ),
      ...damagedIds.map((id) =>
        columns.map(({ title }) =>
          title === "RUN"
            ? short(id)
            : title === "STATUS"
            ? { text: "! damaged", paint: style.bad }
            : ""
        )
      ),
    ],
    width,
    style,
  });
}

/** A column, and the terminal width from which it is shown. */
type RunColumn = TableColumn & {
  from: number;
  cell: (facts: RunFacts, style: Style, branch: string) => TableCell;
};

const STATUS_WIDTH = 14;

/** The columns: ids and states are never cut. */
const COLUMNS: readonly RunColumn[] = [
  { title: "RUN", from: 0, cell: ({ record }) => record.run_id },
  {
    title: "STATUS",
    from: 0,
    cell: ({ record, overlaps }, style) => {
      const { mark, words, paint } = outcomeOf(record);
      const overlap = overlaps.length === 0 ? "" : ` ${OVERLAP_MARK}`;
      return { text: `${mark} ${words}${overlap}`, paint: style[paint] };
    },
  },
  {
    title: "TITLE",
    from: 0,
    flexible: true,
    cell: ({ record, elsewhere, waiting, isOlder }, _, branch) =>
      [
        branch + harmlessLine(record.title),
        ...record.labels.map((label) => `#${label}`),
        ...waiting === null ? [] : [`(${waiting})`],
        ...record.waiting_for === null
          ? []
          : [`(${questionLine(record.waiting_for)})`],
        ...elsewhere === null ? [] : [`(${elsewhere})`],
        ...isOlder ? ["(earlier layout)"] : [],
      ].join(" "),
  },
  {
    title: "PROJECT",
    from: 100,
    max: 16,
    flexible: true,
    cell: ({ record }) => record.project ?? "-",
  },
  {
    title: "PROFILE",
    from: 76,
    max: 12,
    cell: ({ record }) => record.profile ?? "-",
  },
  {
    title: "STARTED",
    from: 88,
    cell: ({ record }) => formatWhen(record.created_at, Date.now()),
  },
  {
    title: "TIME",
    from: 50,
    align: "right",
    cell: ({ durationMs }) =>
      durationMs === null ? "-" : formatDuration(durationMs),
  },
];

/** Before the project. */
const OWNER_PLACE = COLUMNS.findIndex(({ title }) => title === "PROJECT");

function ownerColumn(owners: ReadonlyMap<string, string>): RunColumn {
  return {
    title: "OWNER",
    from: 60,
    max: 16,
    cell: ({ record }) => owners.get(record.run_id) ?? "-",
  };
}
