import { didYouMean } from "../text/suggestion.ts";
import { usageError } from "../system/errors.ts";
import { firstThree } from "../text/wording.ts";
import { oneLine } from "../text/sanitize.ts";
import { wordsOf } from "../text/option_value.ts";
import { findCycle } from "./find_cycle.ts";
import {
  namesRuns,
  spellingsOf,
  TASK_OPTION_ROWS,
} from "./task_option_rows.ts";

/** One task of a batch. */
export interface BatchTask {
  /** What other tasks call it in `after`. */
  name: string;
  /** The line of the file where it begins, from 1. */
  line: number;
  /** Options of the task by their names, as written in the file. */
  options: Record<string, string | true>;
  /** The prompt, byte for byte as in the file. */
  prompt: string;
}

export interface BatchFormat {
  /** The name of the file in messages, such as `tasks.md` or `standard input`. */
  source: string;
  /** Whether a word in `after` that is not a task of the batch may be a run. */
  isRun: (word: string) => boolean;
}

/** The keys that a task may have, each with the placeholder of its value; a switch has none. */
const KEYS = new Map(
  TASK_OPTION_ROWS.flatMap(spellingsOf).map(({ name, value }) => [name, value]),
);

/** The keys that name other tasks, or runs. */
const REFERENCES = TASK_OPTION_ROWS.filter(namesRuns);

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const HEAD = /^--- task:(.*)$/;

/** A line that was probably meant as a header: taken as text, it would merge two tasks into one. */
const ALMOST_HEAD = /^\s{0,3}[-–—]{2,}\s*task\s*:/i;

/**
 * Reads a batch: Markdown with a header for each task, which needs no escaping,
 * so that a model can write any prompt unchanged.
 *
 * ```
 * --- task: lexer
 * profile: spark
 * ---
 * Prompt text, with lines of --- of its own.
 *
 * --- task: parser
 * after: lexer
 * ---
 * ```
 *
 * A task begins with `--- task: NAME`; then come options as `key: value`, raw to
 * the end of the line, then a line `---`, then the prompt up to the next task
 * or the end. Returns the tasks in the order of the file. Throws a `usage`
 * error that names the line and what would be right.
 */
export function parseBatchFile(text: string, format: BatchFormat): BatchTask[] {
  const wrong = (line: number, why: string) =>
    usageError(`Cannot use ${format.source}: line ${line}: ${why}`);
  const tasks: BatchTask[] = [];
  const lines = linesOf(text.replace(/^\uFEFF/, ""));
  for (let at = 0; at < lines.length;) {
    const head = HEAD.exec(lines[at]?.text ?? "");
    if (head === null) {
      const line = lines[at];
      at++;
      if (!line || line.text.trim() === "") continue;
      throw wrong(
        at,
        `${
          quoted(line.text)
        } comes before the first task; begin with a line "--- task: NAME"`,
      );
    }
    const task: BatchTask = {
      name: checkName(head[1] ?? "", at + 1, tasks, wrong),
      line: at + 1,
      options: {},
      prompt: "",
    };
    tasks.push(task);
    at = readKeys(task, lines, at + 1, wrong);
    const begin = at;
    for (; at < lines.length && !HEAD.test(lines[at]?.text ?? ""); at++) {
      if (!ALMOST_HEAD.test(lines[at]?.text ?? "")) continue;
      throw wrong(
        at + 1,
        `${
          quoted(lines[at]?.text ?? "")
        } looks like the beginning of a task; write "--- task: NAME"`,
      );
    }
    task.prompt = lines.slice(begin, at).map(({ whole }) => whole).join("");
    if (task.prompt.trim() === "") {
      throw wrong(
        begin,
        `task "${task.name}" has no prompt; write it below this line`,
      );
    }
  }
  if (tasks.length === 0) {
    throw usageError(
      `Cannot use ${format.source}: it has no tasks; begin each with a line "--- task: NAME"`,
    );
  }
  const names = new Set(tasks.map(({ name }) => name));
  for (const task of tasks) checkReferences(task, names, format, wrong);
  refuseCycle(tasks, format);
  return tasks;
}

type Wrong = (line: number, why: string) => Error;

interface Line {
  /** The line without its end. */
  text: string;
  /** The line with its end, as in the file. */
  whole: string;
}

/** A file may have Windows line endings. */
function linesOf(text: string): Line[] {
  const lines = text.split("\n");
  return lines.map((line, index) => ({
    text: line.replace(/\r$/, ""),
    whole: index < lines.length - 1 ? `${line}\n` : line,
  }));
}

function checkName(
  text: string,
  line: number,
  tasks: readonly BatchTask[],
  wrong: Wrong,
): string {
  const name = text.trim();
  if (!NAME.test(name)) {
    throw wrong(
      line,
      `${
        quoted(name)
      } is not a name for a task; use 1 to 64 letters, digits, "-" and "_"`,
    );
  }
  const other = tasks.find((task) => task.name === name);
  if (other) {
    throw wrong(
      line,
      `task "${name}" already exists, from line ${other.line}; choose another name`,
    );
  }
  return name;
}

/** Reads the options of a task, and returns the place of its prompt. */
function readKeys(
  task: BatchTask,
  lines: readonly Line[],
  from: number,
  wrong: Wrong,
): number {
  for (let at = from; at < lines.length; at++) {
    const text = lines[at]?.text ?? "";
    if (/^---\s*$/.test(text)) return at + 1;
    if (HEAD.test(text)) break;
    if (text.trim() === "") continue;
    const [, key = "", rest = ""] = /^\s*([^\s:]+)\s*:(.*)$/.exec(text) ?? [];
    if (key === "") {
      throw wrong(
        at + 1,
        `${
          quoted(text)
        } is not "key: value"; end the header of task "${task.name}" with a line "---" before its prompt`,
      );
    }
    if (!KEYS.has(key)) {
      const near = didYouMean(
        key,
        [...KEYS.keys()],
        'see "agentctl start --help"',
      );
      throw wrong(
        at + 1,
        `key ${
          quoted(key)
        } is unknown; ${near} (a line "---" begins the prompt)`,
      );
    }
    if (task.options[key] !== undefined) {
      throw wrong(at + 1, `key "${key}" appears twice; write it once`);
    }
    task.options[key] = valueOf(key, rest.trim(), (why) => wrong(at + 1, why));
  }
  throw wrong(
    task.line,
    `the header of task "${task.name}" has no end; write a line "---" between its keys and its prompt`,
  );
}

/** The value of a key; `true` for a switch. */
function valueOf(
  key: string,
  value: string,
  wrong: (why: string) => Error,
): string | true {
  const placeholder = KEYS.get(key);
  if (placeholder !== undefined) {
    if (value !== "") return value;
    throw wrong(`key "${key}" needs a value, as in "${key}: ${placeholder}"`);
  }
  if (["", "true", "yes"].includes(value)) return true;
  throw wrong(
    `key "${key}" is a switch and takes no ${
      quoted(value)
    }; write "${key}: true", or leave it out`,
  );
}

/** The words with which a task names what it comes after, by key. */
function referencesOf({ options }: BatchTask): [string, readonly string[]][] {
  return REFERENCES.map((option) => {
    const words = options[option.name];
    return [option.name, typeof words === "string" ? wordsOf(words) : []];
  });
}

function checkReferences(
  task: BatchTask,
  names: ReadonlySet<string>,
  { isRun }: BatchFormat,
  wrong: Wrong,
): void {
  for (const [key, words] of referencesOf(task)) {
    for (const word of words) {
      if (names.has(word) || isRun(word)) continue;
      const others = [...names].filter((name) => name !== task.name);
      const near = others.length === 0 ? "name a run" : didYouMean(
        word,
        others,
        `the other tasks are ${firstThree(others)}`,
      );
      throw wrong(
        task.line,
        `"${key}" of task "${task.name}" names ${
          quoted(word)
        }, which is neither a task of the batch nor a run; ${near}`,
      );
    }
  }
}

function refuseCycle(
  tasks: readonly BatchTask[],
  { source }: BatchFormat,
): void {
  const cycle = findCycle(
    new Map(tasks.map((task) => [
      task.name,
      referencesOf(task).flatMap(([, words]) => words),
    ])),
  );
  if (cycle === null) return;
  throw usageError(
    `Cannot use ${source}: tasks wait for each other in a cycle: ${
      cycle.join(" after ")
    }; take one "after" out`,
  );
}

const QUOTED_COLUMNS = 60;

/** Quotes words of the file in a message. */
function quoted(text: string): string {
  return JSON.stringify(oneLine(text.trim(), QUOTED_COLUMNS));
}
