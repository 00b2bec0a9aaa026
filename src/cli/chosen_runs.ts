import {
  namesSeveral,
  resolveTargets,
  type TargetOptions,
} from "../fleet/resolve_targets.ts";
import { resolveNamed } from "../fleet/resolve_named.ts";
import type { RunId } from "../run/id.ts";
import { readRecord } from "../run/store.ts";
import { EXIT_CODES, messageOf } from "../system/errors.ts";
import { instead } from "../system/ignore.ts";
import { flag } from "../terminal/option_spec.ts";
import { harmlessLine } from "../text/others_words.ts";
import { plural } from "../text/wording.ts";
import type { FleetContext } from "../workspace/context.ts";
import { askPerson } from "./ask_person.ts";
import type { CommonCall } from "./command.ts";

/** More runs than these, if words such as `@failed` name them, are confirmed first. */
const MOST_UNASKED = 5;

/** For commands that act on what `chosenRuns` gives them. */
export const YES = {
  yes: flag(`do not ask, even if a word names more than ${MOST_UNASKED} runs`),
};

/** What a call does to the runs that it names. */
interface Choosing
  extends Pick<TargetOptions, "all" | "everyone" | "scope" | "firsts"> {
  /** What is done, as messages say after "Cannot". */
  action: string;
  /** What is printed as JSON if there is no such run; an empty list unless told. */
  none?: unknown;
}

/** The parts of a call that are needed to choose its runs. */
type ActingCall = Pick<CommonCall, "fleet" | "print" | "say"> & {
  args: readonly string[];
  options: { yes: boolean; json: boolean };
};

/**
 * Acts on the runs that a call names: says first which ones words that are no whole
 * ids mean, and asks if these are many. Returns the exit code: 1 if the user says no.
 * Throws what `resolveTargets` throws, and a `usage` error if there are many and no
 * terminal to ask on.
 */
export async function actOnRuns(
  { args, options, fleet, print, say }: ActingCall,
  { action, none = [], ...targets }: Choosing,
  act: (context: FleetContext, ids: RunId[]) => Promise<number>,
): Promise<number> {
  const context = await fleet();
  const named = new Map<string, readonly RunId[]>();
  const ids = await resolveTargets(context, args, {
    ...targets,
    onDamaged: (_, error) => say(messageOf(error)),
    onNamed: (word, ids) => named.set(word, ids),
  });
  for (const [word, ids] of named) await sayNamed(context, word, ids, say);
  if (ids.length === 0) {
    say(`No runs to ${action}`);
    if (options.json) print(JSON.stringify(none));
    return EXIT_CODES.ok;
  }
  const several = [...named].filter(([word]) => namesSeveral(word));
  const count = new Set(several.flatMap(([, ids]) => ids)).size;
  if (count > MOST_UNASKED && !options.yes) {
    const which = several.map(([word]) => word).join(" and ");
    const agreed = askPerson(
      `Do you want to ${action} these ${count} runs?`,
      `Cannot ${action}: ${which} means ${count} runs, and there is no terminal to ask on; add --yes if you mean all of them`,
    );
    if (!agreed) {
      say("Nothing was done");
      return EXIT_CODES.goal_not_met;
    }
  }
  return await act(context, ids);
}

/** The one run that a word names, for a command that acts on it: says first what a word that is no whole id means. */
export async function chosenRun(
  context: FleetContext,
  word: string,
  { say }: Pick<CommonCall, "say">,
): Promise<RunId> {
  const id = await resolveNamed(context, word, { mayBeTitle: false });
  if (word !== id) await sayNamed(context, word, [id], say);
  return id;
}

/** The one run that a word names, for a command that only looks: a piece of its title will do. */
export async function shownRunId(
  context: FleetContext,
  word: string,
): Promise<RunId> {
  return await resolveNamed(context, word, { mayBeTitle: true });
}

/** The words of such a command, if it takes several runs, with the ids of those that are named by a piece of their title. */
export async function idsOfTitles(
  context: FleetContext,
  words: readonly string[],
): Promise<string[]> {
  return await Array.fromAsync(
    words,
    (word) => word.startsWith("@") ? word : shownRunId(context, word),
  );
}

/** Says which runs a word means. */
export async function sayNamed(
  { workspace }: FleetContext,
  word: string,
  ids: readonly RunId[],
  say: (text: string) => void,
): Promise<void> {
  const lines = await Promise.all(ids.map(async (id) => {
    const record = await readRecord(workspace, id).catch(
      instead(null, "the command says what is wrong with it"),
    );
    return record === null
      ? id
      : `${id} ${JSON.stringify(harmlessLine(record.title))}`;
  }));
  const [first] = lines;
  if (lines.length === 1) say(`${word} is run ${first}`);
  else if (first === undefined) say(`${word} means no run`);
  else {
    say(`${word} means ${plural(ids.length, "run")}:`);
    for (const line of lines) say(`  ${line}`);
  }
}
