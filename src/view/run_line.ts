import { closingWords } from "../run/outcome.ts";
import { questionLine } from "../run/question_lines.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { harmlessLine } from "../text/others_words.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { oneLine } from "../text/sanitize.ts";

/** Columns of a line for a model; the record has the rest. */
const MOST_COLUMNS = 240;

export interface LineOptions {
  /** Why a queued run has not started yet. */
  waiting?: string | null;
  columns?: number;
  /** Whether to keep title and reason together, because other words surround the line. */
  quoted?: boolean;
}

/** A run in one line: mark, id, title, outcome, which attempt it was, and its summary, what it asks, or why it waits. */
export function runLine(
  record: RunRecord,
  { waiting = null, columns = MOST_COLUMNS, quoted = false }: LineOptions = {},
): string {
  const { mark, words } = outcomeOf(record);
  const { attempt } = record.chain;
  const which = attempt === 1
    ? ""
    : `, attempt ${attempt}${record.profile ? ` with ${record.profile}` : ""}`;
  const title = harmlessLine(record.title);
  const reason = quoted && waiting !== null ? `: ${waiting}` : "";
  const more = isEnded(record)
    ? closingWords(record)
    : record.waiting_for !== null
    ? questionLine(record.waiting_for)
    : reason !== ""
    ? ""
    : waiting ?? record.activity ?? "";
  return oneLine(
    `${mark} ${record.run_id} ${
      quoted ? JSON.stringify(title) : title
    } (${words}${which}${reason})${
      more === "" ? "" : `: ${harmlessLine(more)}`
    }`,
    columns,
  );
}
