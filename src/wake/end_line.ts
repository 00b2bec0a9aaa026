import { closingWords } from "../run/outcome.ts";
import { isGood } from "../run/record.ts";
import type { EndedRecord } from "../run/record.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { harmlessLine } from "../text/others_words.ts";
import { escapeInJson, oneLine } from "../text/sanitize.ts";
import type { RunFacts } from "../view/run_facts.ts";

/** Claude Code (2.1.332) cuts off a monitor's line after 500 characters. */
const MOST_COLUMNS = 480;

/** Fifty good results must not fill the context. */
const GOOD_COLUMNS = 200;

const TITLE_COLUMNS = 60;

/** Words of a worker, which can close neither the quotes nor a tag around them. */
function quoted(text: string): string {
  return escapeInJson(JSON.stringify(text));
}

/**
 * The line that tells Claude Code of the end of a run: title, outcome, what the
 * worker says or why it ended, and what to call next.
 */
export function endLine(facts: RunFacts & { record: EndedRecord }): string {
  const { record } = facts;
  const { mark, words } = outcomeOf(record);
  const title = harmlessLine(record.title, TITLE_COLUMNS);
  const { attempt } = record.chain;
  const which = attempt === 1
    ? ""
    : `, attempt ${attempt}${record.profile ? ` with ${record.profile}` : ""}`;
  const head = `${mark} ${record.run_id} ${
    quoted(title)
  } has ended: ${words}${which}`;
  const next = `Next: ${nextCall(facts)}`;
  const said = closingWords(record);
  if (said === "") return `${head}. ${next}`;
  const who = record.summary === "" ? "Reason" : "The worker's words";
  const room = (isGood(record) ? GOOD_COLUMNS : MOST_COLUMNS) -
    `${head}. ${who}: . ${next}`.length;
  return `${head}. ${who}: ${shortened(harmlessLine(said), room)}. ${next}`;
}

/** In quotes, no wider than that; a quote inside takes two columns. */
function shortened(text: string, columns: number): string {
  for (let width = Math.max(20, columns - 2);; width -= 8) {
    const words = quoted(oneLine(text, width));
    if (words.length <= columns || width <= 20) return words;
  }
}

function nextCall({ record, mergeable, resumable }: RunFacts): string {
  const { run_id } = record;
  const show = `agentctl show ${run_id}`;
  if (mergeable !== null) return `${show}, then agentctl diff ${run_id}`;
  if (resumable) {
    return `${show}, then agentctl resume --parent-run-id ${run_id}`;
  }
  return show;
}
