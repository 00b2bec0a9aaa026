import type { Grouping, RunGroup, RunSums } from "./run_sums.ts";
import { formatDuration } from "../text/duration.ts";
import { harmlessLine } from "../text/others_words.ts";
import type { Style } from "../terminal/style.ts";
import {
  renderTable,
  type TableCell,
  type TableColumn,
} from "../terminal/table.ts";
import { formatTokens } from "../text/token_count.ts";

/** A table of sums that fits the width; `totals`, if given, is its last row. */
export function statsTable(
  by: Grouping,
  groups: readonly RunGroup[],
  totals: RunSums | null,
  { width, style }: { width: number; style: Style },
): string {
  const head = HEADS[by];
  const columns = COLUMNS.filter(({ from }) => width >= from + head.min);
  const hasTitles = groups.some(({ title }) => title !== undefined) &&
    width >= TITLES_FROM;
  const row = (cells: TableCell[], sums: RunSums) => [
    ...cells,
    ...columns.map(({ cell }) => cell(sums, style)),
  ];
  return renderTable({
    columns: [
      head,
      ...hasTitles ? [{ title: "TITLE", flexible: true, min: 8 }] : [],
      ...columns,
    ],
    rows: [
      ...groups.map(({ key, title, sums }) =>
        row([key ?? "-", ...hasTitles ? [harmlessLine(title ?? "")] : []], sums)
      ),
      ...totals
        ? [row([
          { text: "all", paint: style.strong },
          ...hasTitles ? [""] : [],
        ], totals)]
        : [],
    ],
    width,
    style,
  });
}

/** The terminal width from which titles of runs are shown. */
const TITLES_FROM = 100;

const HEADS: Record<Grouping, TableColumn & { min: number }> = {
  run: { title: "RUN", min: 20 },
  chain: { title: "CHAIN", min: 20 },
  project: { title: "PROJECT", flexible: true, min: 8 },
  profile: { title: "PROFILE", flexible: true, min: 8 },
  day: { title: "DAY", min: 10 },
};

type SumColumn = TableColumn & {
  /** The terminal width, without the first column, from which it is shown: numbers are never cut. */
  from: number;
  cell: (sums: RunSums, style: Style) => TableCell;
};

/** The number of runs; empty if there are none. */
function count(
  title: string,
  from: number,
  name: keyof RunSums,
  paint: keyof Pick<Style, "ok" | "warn" | "bad" | "accent">,
): SumColumn {
  return {
    title,
    from,
    align: "right",
    cell: (sums, style) =>
      sums[name] === 0
        ? { text: "-", paint: style.dim }
        : { text: String(sums[name]), paint: style[paint] },
  };
}

function tokens(title: string, from: number, name: keyof RunSums): SumColumn {
  return {
    title,
    from,
    align: "right",
    cell: (sums) => formatTokens(sums[name]),
  };
}

const COLUMNS: readonly SumColumn[] = [
  {
    title: "RUNS",
    from: 0,
    align: "right",
    cell: ({ runs }) => String(runs),
  },
  count("MET", 36, "goal_met", "ok"),
  count("NOT", 36, "goal_not_met", "warn"),
  count("FAILED", 54, "failed", "bad"),
  count("OPEN", 82, "unfinished", "accent"),
  tokens("INPUT", 16, "input_tokens"),
  tokens("CACHED", 66, "cached_input_tokens"),
  tokens("OUTPUT", 24, "output_tokens"),
  tokens("REASONING", 82, "reasoning_output_tokens"),
  {
    title: "TIME",
    from: 46,
    align: "right",
    cell: ({ duration_ms }) => formatDuration(duration_ms),
  },
];
