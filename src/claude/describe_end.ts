import type { EndedRecord } from "../run/record.ts";
import { stateMark } from "../run/state_mark.ts";
import { oneLine } from "../terminal/sanitize.ts";

const SUMMARY_COLUMNS = 240;

/** How a run ended, in one line for a model: id, title, outcome, which attempt it was, and summary. */
export function describeEnd(record: EndedRecord): string {
  const outcome = record.status !== "finished"
    ? record.status.replace("_", " ")
    : record.goal_met
    ? "goal met"
    : record.goal_met === null
    ? "no result"
    : "goal not met";
  const { attempt } = record.chain;
  const which = attempt === 1
    ? ""
    : `, attempt ${attempt}${record.profile ? ` with ${record.profile}` : ""}`;
  const words = oneLine(record.summary || record.reason, SUMMARY_COLUMNS);
  return oneLine(
    `${stateMark(record)} ${record.run_id} ${
      JSON.stringify(record.title)
    } (${outcome}${which}): ${words}`,
  );
}
