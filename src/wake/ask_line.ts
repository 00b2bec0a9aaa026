import { answerCommands } from "../run/question_lines.ts";
import type { WaitingFor } from "../run/waiting_for.ts";
import type { AskingRecord } from "../fleet/asking.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { harmlessLine } from "../text/others_words.ts";
import { showExactly } from "../text/show_exactly.ts";
import { MOST_COLUMNS, quoted, quotedWithin } from "./quoted_words.ts";

const TITLE_COLUMNS = 60;

/** What all choices may take. */
const CHOICES_COLUMNS = 120;

/**
 * The line that tells Claude Code what a worker asks, and how to answer: cut off if
 * it is long, with where to read the rest. An approval is shown to the user exactly.
 */
export function askLine(record: AskingRecord): string {
  const { run_id, title, waiting_for } = record;
  const { kind, asks, command } = waiting_for;
  const { mark, words } = outcomeOf(record);
  const isApproval = kind === "approval";
  const what = isApproval
    ? "the user to approve something outside its sandbox"
    : asks.length > 1
    ? `${asks.length} things; this is the first`
    : "";
  const head = `${mark} ${run_id} ${
    quoted(harmlessLine(title, TITLE_COLUMNS))
  } ${words}${what === "" ? "" : ` ${what}`}. The worker's words: `;
  const ways = answerCommands(run_id, waiting_for).join(", or ");
  const next = `Next${
    isApproval ? ", as the user decides" : ""
  }: ${ways}, after agentctl show ${run_id}`;
  const choices = choicesOf(waiting_for);
  const tail = `${choices === "" ? "" : ` Choices: ${choices}.`} ${next}`;
  const said = [
    ...asks.slice(0, 1).map(({ question }) => harmlessLine(question)),
    ...command === null ? [] : [showExactly(command)],
  ].join(" ");
  const room = MOST_COLUMNS - head.length - tail.length - 1;
  return `${head}${quotedWithin(said, room)}.${tail}`;
}

/** The choices of the first thing that is asked, as many as there is room for. */
function choicesOf({ asks: [first] }: WaitingFor): string {
  const words: string[] = [];
  let columns = 0;
  for (const [index, { label }] of (first?.choices ?? []).entries()) {
    const choice = `${index + 1} ${quotedWithin(harmlessLine(label), 40)}`;
    columns += choice.length + 2;
    if (columns > CHOICES_COLUMNS) return [...words, "…"].join(", ");
    words.push(choice);
  }
  return words.join(", ");
}
