import { homeFolder } from "../run/home_folder.ts";
import {
  type RunChain,
  type RunRecord,
  type RunTask,
  SINGLE_ATTEMPT,
} from "../run/record.ts";
import type { RunId } from "../run/id.ts";
import { usageError } from "../system/errors.ts";
import { type GivenValue, readValue } from "../text/option_value.ts";
import {
  type DefaultedField,
  type NamedTaskOption,
  namesRuns,
  TASK_OPTION_ROWS,
  type TaskChoices,
} from "./task_option_rows.ts";
import type { LaterRun } from "./task_option.ts";

/**
 * Reads the options of a task, given by name; other names are ignored. `label`
 * makes the name of an option in messages. Throws a `usage` error for a value
 * that its option does not take.
 */
export function readTaskOptions(
  given: Readonly<Record<string, GivenValue | undefined>>,
  label: (name: string) => string = (name) => `--${name}`,
): TaskChoices {
  const choices: Record<string, unknown> = {};
  for (const option of TASK_OPTION_ROWS) {
    const { name, key } = option;
    const opposite = option.kind === "flag" ? option.opposite?.name : undefined;
    const value = given[name];
    if (value !== undefined) {
      choices[key] = readValue(option, label(name), value);
    }
    if (opposite === undefined || given[opposite] !== true) continue;
    if (value === true) {
      throw usageError(
        `Cannot use both ${label(name)} and ${
          label(opposite)
        }: give one of them`,
      );
    }
    choices[key] = false;
  }
  return choices as TaskChoices;
}

/**
 * The choices, with the words that name runs replaced by the ids that `resolve`
 * gives; those that `isTask` recognises as other tasks stay as they are.
 */
export async function replaceNamedRuns(
  choices: TaskChoices,
  resolve: (words: readonly string[]) => Promise<readonly RunId[]>,
  isTask: (word: string) => boolean = () => false,
): Promise<TaskChoices> {
  const resolved: Record<string, unknown> = { ...choices };
  for (const option of TASK_OPTION_ROWS) {
    const words = resolved[option.key];
    if (!namesRuns(option) || !Array.isArray(words)) continue;
    resolved[option.key] = [
      ...words.filter(isTask),
      ...await resolve(words.filter((word) => !isTask(word))),
    ];
  }
  return resolved as TaskChoices;
}

/** The words of the choices that name runs. */
export function namedRuns(choices: TaskChoices): string[] {
  return TASK_OPTION_ROWS.filter(namesRuns).flatMap(({ key }) => {
    const words = choices[key];
    return Array.isArray(words) ? words : [];
  });
}

/** The choices for a run that follows another: what the caller chose, and what the earlier run passes on. */
export function withKeptChoices(
  choices: TaskChoices,
  record: RunRecord,
  by: LaterRun,
): TaskChoices {
  const kept: Record<string, unknown> = {};
  for (const option of TASK_OPTION_ROWS) {
    const same = {
      profile: choices.profile === undefined,
      check: choices.verify === undefined,
    };
    if (!isKept(option, by, same)) continue;
    kept[option.key] = recordedValue(option, record);
  }
  for (const [key, value] of Object.entries(choices)) {
    if (value !== undefined) kept[key] = value;
  }
  return kept as TaskChoices;
}

/** The choices that a further attempt does not take over from the record of the previous attempt, as if they had not been made. */
export function forgottenByAttempt(hasSameProfile: boolean): Partial<RunTask> {
  const same = { profile: hasSameProfile, check: true };
  const fields: Record<string, unknown> = {};
  for (const option of TASK_OPTION_ROWS) {
    const { record, default: fallback } = option;
    if (fallback === undefined || isKept(option, "attempt", same)) {
      continue;
    }
    if (record !== undefined && chainField(option) === null) {
      fields[record] = fallback;
    }
  }
  return fields;
}

/** The fields of a record that keep the choices; what was not chosen has its default. */
export function chosenFields(
  choices: TaskChoices,
): Pick<RunTask, DefaultedField> {
  const fields: Record<string, unknown> = {};
  for (const option of TASK_OPTION_ROWS) {
    const { key, record, default: fallback } = option;
    if (record === undefined || chainField(option) !== null) continue;
    const value = choices[key] ?? fallback;
    if (value !== undefined) fields[record] = value;
  }
  return fields as Pick<RunTask, DefaultedField>;
}

/** The chain of a first attempt, with what the choices say about further ones. */
export function chosenChain(choices: TaskChoices): RunChain {
  const chain: Record<string, unknown> = { ...SINGLE_ATTEMPT };
  for (const option of TASK_OPTION_ROWS) {
    const field = chainField(option);
    if (field === null) continue;
    chain[field] = choices[option.key] ?? option.default;
  }
  return chain as RunChain;
}

function isKept(
  { kept }: NamedTaskOption,
  by: LaterRun,
  same: { profile: boolean; check: boolean },
): boolean {
  const keeping = kept?.[by];
  return keeping === true ||
    keeping === "same profile" && same.profile ||
    keeping === "same check" && same.check;
}

/** The field of the chain that keeps an option; `null` if none does. */
function chainField({ record }: NamedTaskOption): keyof RunChain | null {
  return record?.startsWith(CHAIN)
    ? record.slice(CHAIN.length) as keyof RunChain
    : null;
}

const CHAIN = "chain.";

/** What a record says about an option; `undefined` if nothing. */
function recordedValue(option: NamedTaskOption, record: RunRecord): unknown {
  if (option.name === "project") return homeFolder(record);
  if (option.name === "worktree") return record.worktree !== null;
  const field = chainField(option);
  if (field !== null) return record.chain[field] ?? undefined;
  return option.record && (record[option.record as keyof RunTask] ?? undefined);
}
