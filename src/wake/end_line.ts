import { closingWords } from "../run/outcome.ts";
import { isGood } from "../run/record.ts";
import type { EndedRecord } from "../run/record.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { harmlessLine } from "../text/others_words.ts";
import type { RunFacts } from "../view/run_facts.ts";
import { MOST_COLUMNS, quoted, quotedWithin } from "./quoted_words.ts";

/** Fifty good results must not fill the context. */
const GOOD_COLUMNS = 200;

const TITLE_COLUMNS = 60;

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
  return `${head}. ${who}: ${quotedWithin(harmlessLine(said), room)}. ${next}`;
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
