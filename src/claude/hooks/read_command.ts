import { ignore } from "../../system/ignore.ts";
import { isFreeName } from "./free_name.ts";
import {
  isSimplePath,
  type Place,
  type Reading,
  readPipeline,
  valuesOf,
} from "./read_pipeline.ts";
import { readShellList } from "./shell_list.ts";
import type { ShellTraits } from "./shell_source.ts";
import type { Command, Step } from "./shell_syntax.ts";
import { notUnderstood, UNKNOWN } from "./word_values.ts";

/** A command text that consists of calls of agentctl, and of what only prints or moves around them. */
export interface ReadCommand {
  /** The calls and the files that they read, by the folder of a `cd` before them; `null` without one. */
  places: ReadonlyMap<string | null, Place>;
  /** Programs that the shell looks up, `agentctl` among them. */
  names: ReadonlySet<string>;
  /** What is called as agentctl by its path. */
  paths: ReadonlySet<string>;
  /** Why it cannot work; empty if it can. */
  faults: Fault[];
}

/** A reason why a command cannot do what it is meant to do. */
export type Fault =
  /** It uses a variable that does not exist. */
  | { missing: string }
  /** It detaches this wait. */
  | { detached: readonly string[] };

/** The environment, and the shell in which a text is going to run. */
export interface ReadingSite extends ShellTraits {
  env: Record<string, string>;
}

/** Claude Code 2.1.197 writes `/dev/null` for this name, also in quotes. */
const DOS_NULL = />[ \t]*nul(?![^\s|&;)])/i;

/** The most calls and files: judging more could take so long that Claude Code no longer waits for the hook. */
const MOST = 50;

/**
 * Reads a command text: calls of agentctl one after another, each alone, behind
 * what gives it its prompt, or before filters; `echo`, variables that hold what
 * a call prints, and one `cd`. `null` for everything else, and for calls that
 * contain anything unknown.
 */
export function readCommand(
  text: string,
  site: ReadingSite,
): ReadCommand | null {
  const steps = DOS_NULL.test(text) ? null : readShellList(text, site);
  if (steps === null) return null;
  const reading: Reading = {
    env: site.env,
    variables: new Map(),
    missing: new Set(),
    places: new Map(),
    folders: [null],
    isLate: false,
    isConditional: false,
    names: new Set(),
    paths: new Set(),
  };
  try {
    const faults = steps.flatMap((step) => readStep(step, reading));
    const [missing] = reading.missing;
    if (missing !== undefined) faults.unshift({ missing });
    const { places, names, paths } = reading;
    const all = [...places.values()];
    const judged = all.flatMap(({ calls, files }) => [...calls, ...files]);
    return all.some(({ calls }) => calls.length > 0) && judged.length <= MOST
      ? { places, names, paths, faults }
      : null;
  } catch (error) {
    ignore(error, "whatever is not wholly understood is not read");
    return null;
  }
}

function readStep({ commands, then }: Step, reading: Reading): Fault[] {
  const faults: Fault[] = [];
  const [first = notUnderstood(), ...more] = commands;
  const isAlone = more.length === 0 && then !== "&" && first.input === null;
  const program = first.words[0]?.join("") ?? "";
  if (first.sets !== null) {
    if (!isAlone) notUnderstood();
    setVariable(first.sets, first, reading);
  } else if (program === "cd") {
    if (!isAlone) notUnderstood();
    move(first, reading);
  } else if (isAlone && PRINTERS.has(program)) {
    // What it prints need not exist.
    const variables = { ...reading, missing: new Set<string>() };
    const words = valuesOf(first, reading, variables);
    if (!isHarmless(words)) notUnderstood();
    if (program === "which") reading.names.add(program);
  } else {
    const { call, words } = readPipeline(commands, reading);
    if (then === "&") {
      if (call.name !== "wait") notUnderstood();
      faults.push({ detached: words });
    }
  }
  reading.isConditional = then === "&&" || then === "||";
  if (then !== "&&" && !reading.folders.includes(null)) {
    reading.folders.push(null);
  }
  return faults;
}

/** What only prints, or sets how strict the shell is with what follows. */
const PRINTERS = new Set(
  ["echo", "printf", "pwd", "true", ":", "command", "which", "type", "set"],
);

function isHarmless([program = "", ...words]: readonly string[]): boolean {
  switch (program) {
    case "echo":
      return true;
    case "printf":
      // `printf -v` sets a variable.
      return words.length > 0 && !words[0]?.startsWith("-");
    case "command":
      return words.join(" ") === "-v agentctl";
    case "which":
    case "type":
      return words.join(" ") === "agentctl";
    case "set":
      return /^-(?:[eux]+|[eux]*o pipefail)$/.test(words.join(" "));
    default:
      return words.length === 0;
  }
}

/** Longer values could be multiplied, one in the other. */
const LONGEST_VALUE = 1000;

function setVariable(name: string, command: Command, reading: Reading): void {
  if (!isFreeName(name, reading.env)) notUnderstood();
  const value = valuesOf(command, reading).join("");
  if (value === "" || value.length > LONGEST_VALUE) notUnderstood();
  // Ids may be missing wherever they are used. Anything else must be what it is.
  const { variables, isConditional } = reading;
  const isCertain = !isConditional && !variables.has(name);
  const areIds = value === UNKNOWN.ids &&
    (variables.get(name) ?? value) === value;
  if (!isCertain && !areIds) notUnderstood();
  reading.variables.set(name, value);
}

/** Reads a `cd` to a folder that is not looked up in `CDPATH`. */
function move(command: Command, reading: Reading): void {
  const [, to = "", ...further] = valuesOf(command, reading);
  const isFirst = reading.folders.length === 1 && reading.folders[0] === null;
  if (
    further.length > 0 || !isFirst || reading.isLate ||
    reading.isConditional ||
    !/^(?:\/|\.\.?(?:\/|$))/.test(to) || !isSimplePath(to)
  ) notUnderstood();
  reading.folders = [to];
}
