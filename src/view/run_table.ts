import { isEnded, type RunRecord } from "../run/record.ts";
import { stateMark } from "../run/state_mark.ts";
import { formatDuration } from "../terminal/duration.ts";
import { formatWhen } from "../terminal/relative_time.ts";
import type { Style } from "../terminal/style.ts";
import {
  renderTable,
  type TableCell,
  type TableColumn,
} from "../terminal/table.ts";

/** Marks a run that changed the same files as another at the same time. */
export const OVERLAP_MARK = "⚠";

/** What a table says of runs besides their records, by id. */
export interface TableNotes {
  /** Why a run has not started yet. */
  waiting?: ReadonlyMap<string, string>;
  /** What stands before the title, to draw a tree. */
  branches?: ReadonlyMap<string, string>;
  /** Runs that changed the same files as others at the same time; they get the {@linkcode OVERLAP_MARK}. */
  overlapping?: ReadonlySet<string>;
}

/** A table of runs that fits the width; `damagedIds` are those whose records cannot be read. */
export function runTable(
  records: readonly RunRecord[],
  width: number,
  style: Style,
  damagedIds: readonly string[] = [],
  notes: TableNotes = {},
): string {
  const { overlapping = new Set<string>() } = notes;
  const columns = COLUMNS.filter((column) => width >= column.from).map((
    column,
  ) =>
    column.title === "STATUS" && overlapping.size > 0
      ? markOverlaps(column, overlapping)
      : column
  );
  return renderTable({
    columns,
    rows: [
      ...records.map((record) =>
        columns.map((column) => column.cell(record, style, notes))
      ),
      ...damagedIds.map((id) =>
        columns.map(({ title }) =>
          title === "RUN"
            ? id
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

/** A column, and the width of terminal from which it is shown. */
type RunColumn = TableColumn & {
  from: number;
  cell: (record: RunRecord, style: Style, notes: TableNotes) => TableCell;
};

function markOverlaps(
  column: RunColumn,
  overlapping: ReadonlySet<string>,
): RunColumn {
  return {
    ...column,
    min: (column.min ?? 0) + 2,
    cell(record, style, notes) {
      const cell = column.cell(record, style, notes);
      if (!overlapping.has(record.run_id) || typeof cell === "string") {
        return cell;
      }
      return { ...cell, text: `${cell.text} ${OVERLAP_MARK}` };
    },
  };
}

/** The columns: ids and states are never cut. */
const COLUMNS: readonly RunColumn[] = [
  { title: "RUN", from: 0, min: 20, cell: (record) => record.run_id },
  {
    title: "STATUS",
    from: 0,
    min: 14,
    cell: (record, style) => ({
      text: `${stateMark(record)} ${statusWords(record)}`,
      paint: paintOf(record, style),
    }),
  },
  {
    title: "TITLE",
    from: 0,
    flexible: true,
    cell: (record, _, { waiting, branches }) => {
      const reason = waiting?.get(record.run_id);
      const branch = branches?.get(record.run_id) ?? "";
      return branch + record.title + (reason ? ` (${reason})` : "");
    },
  },
  {
    title: "PROJECT",
    from: 100,
    max: 16,
    flexible: true,
    cell: (record) => record.project ?? "-",
  },
  {
    title: "PROFILE",
    from: 76,
    max: 12,
    cell: (record) => record.profile ?? "-",
  },
  {
    title: "STARTED",
    from: 88,
    cell: (record) => formatWhen(record.created_at, Date.now()),
  },
  {
    title: "TIME",
    from: 50,
    align: "right",
    cell: (record) => {
      const duration = durationMs(record);
      return duration === null ? "-" : formatDuration(duration);
    },
  },
];

function durationMs(record: RunRecord): number | null {
  if (isEnded(record)) return record.duration_ms;
  return "started_at" in record
    ? Math.max(0, Date.now() - Date.parse(record.started_at))
    : null;
}

function statusWords(record: RunRecord): string {
  if (record.status !== "finished") return record.status.replace("_", " ");
  if (record.goal_met === null) return "no result";
  return record.goal_met ? "goal met" : "goal not met";
}

function paintOf(record: RunRecord, style: Style): Style["ok"] {
  if (!isEnded(record)) return style.accent;
  if (record.status !== "finished") {
    return record.status === "stopped" ? style.dim : style.bad;
  }
  return record.goal_met ? style.ok : style.warn;
}
