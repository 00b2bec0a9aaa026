import type { Tally } from "./campaign.ts";

/** The table of a campaign: a line for each fault, and the sum. */
export function drawTable(tallies: readonly Tally[]): string {
  const sum = (count: (tally: Tally) => number) =>
    tallies.reduce((total, tally) => total + count(tally), 0);
  const rows = [
    ["FAULT", "TRIED", "SURVIVED", "LOST", "SKIPPED", "SLOWEST", ""],
    ...tallies.map((tally) => [
      tally.name,
      `${tally.tried}`,
      `${tally.survived}`,
      `${tally.losses.length}`,
      `${tally.skipped}`,
      tally.tried === 0 ? "" : `${Math.round(tally.slowestMs)} ms`,
      tally.skipReason ?? "",
    ]),
    [
      `${tallies.length} faults`,
      `${sum((tally) => tally.tried)}`,
      `${sum((tally) => tally.survived)}`,
      `${sum((tally) => tally.losses.length)}`,
      `${sum((tally) => tally.skipped)}`,
      "",
      "",
    ],
  ];
  const widths =
    rows[0]?.map((_, column) =>
      Math.max(...rows.map((row) => row[column]?.length ?? 0))
    ) ?? [];
  return rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 || column === 6
        ? cell.padEnd(width)
        : cell.padStart(width);
    }).join("  ").trimEnd()
  ).join("\n");
}
