import { harmlessLine } from "../text/others_words.ts";
import { formatBytes } from "../text/token_count.ts";
import { firstOf, plural } from "../text/wording.ts";
import { runsByItself } from "./self_running.ts";
import type { ToldChanges } from "./told.ts";

/** How many paths a line names. */
const MOST_NAMES = 8;

/** What is reported about a change, as lines for the user; none if there is nothing to report. */
export function toldLines(
  { self_running, hidden_files, left_out, huge }: ToldChanges,
): string[] {
  const lines: string[] = [];
  if (self_running.length > 0) {
    const names = self_running.map((path) =>
      `${harmlessLine(path)} (${runsByItself(path) ?? "its package manager"})`
    );
    lines.push(
      `Run or obeyed by programs on their own: ${firstOf(names, MOST_NAMES)}`,
    );
  }
  if (hidden_files.length > 0) {
    const names = hidden_files.map((path) => harmlessLine(path));
    lines.push(
      `Hidden by ignore rules of this run, so not in its diff: ${
        firstOf(names, MOST_NAMES)
      }`,
    );
  }
  if (left_out.length > 0) {
    const names = left_out.map((path) => harmlessLine(path));
    lines.push(
      `Too large or too many for the diff: ${firstOf(names, MOST_NAMES)}`,
    );
  }
  if (huge !== null) {
    const [largest] = huge.largest;
    lines.push(
      `Huge: ${plural(huge.files, "file")}, ${formatBytes(huge.bytes)}${
        largest
          ? `; the largest is ${harmlessLine(largest.path)}, ${
            formatBytes(largest.bytes)
          }`
          : ""
      }`,
    );
  }
  return lines;
}
