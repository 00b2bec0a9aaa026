import { type ReadCall, readCall } from "../../permission/read_call.ts";
import { isFilter, isQuick } from "./filters.ts";
import { printsOnlyIds, settled } from "./settled_call.ts";
import type { Command } from "./shell_syntax.ts";
import {
  notUnderstood,
  UNKNOWN,
  unknownsIn,
  valueOfWord,
  type Variables,
} from "./word_values.ts";

/** What is done in a folder. */
export interface Place {
  calls: ReadCall[];
  /** Files that a shell or `cat` reads for a call. */
  files: string[];
}

/** What has been read of a command text so far. */
export interface Reading extends Variables {
  /** By the folder of a `cd` before; `null` without one. */
  places: Map<string | null, Place>;
  /** Where the next command may run: in the folder of the `cd`, or, if that may have failed, in that of the shell. */
  folders: (string | null)[];
  /** Whether the next command runs only much later, when a file or a run may have become another. */
  isLate: boolean;
  /** Whether the next command runs only if one before it has, or has not, succeeded. */
  isConditional: boolean;
  /** Programs that the shell looks up, `agentctl` among them. */
  names: Set<string>;
  /** What is called as agentctl by its path. */
  paths: Set<string>;
}

/** A pipeline that contains a call of agentctl. */
export interface ReadPipeline {
  call: ReadCall;
  /** The words of the call. */
  words: string[];
  /** What the pipeline prints, as a value. */
  prints: string;
}

/** The values of the words of a command. Throws if they are not understood. */
export function valuesOf(
  { words, sets }: Command,
  reading: Reading,
  variables: Variables = reading,
): string[] {
  const printed = (commands: readonly Command[]) =>
    readPrinted(commands, reading);
  return words.map((word) =>
    valueOfWord(word, variables, printed, sets !== null)
  );
}

/** A path that means the same to a shell and to us, whatever links lead there: it goes up at its beginning only. */
export function isSimplePath(path: string): boolean {
  const inside = path.replace(/^(?:\.\.\/)+/, "");
  return path !== "" && !/^-|\0|\/\.\.(?:\/|$)/.test(inside);
}

/**
 * Reads a pipeline: a call of agentctl, behind what gives it its prompt and before
 * filters. Throws if it is not understood.
 */
export function readPipeline(
  commands: readonly Command[],
  reading: Reading,
): ReadPipeline {
  const [first = notUnderstood()] = commands;
  const given = commands.length > 1 ? passedOn(first, reading) : null;
  const [command = notUnderstood(), ...others] = given === null
    ? commands
    : commands.slice(1);
  if (given !== null && command.input !== null) notUnderstood();
  const stdin = given ?? inputOf(command, reading);
  const { call, words } = readAgentctl(command, stdin, reading);
  const filters = others.map((filter) => readFilter(filter, reading));
  const isRedirected = [command, ...others].some((one) => one.isRedirected);
  const prints = !isRedirected && printsOnlyIds(call, filters)
    ? UNKNOWN.ids
    : UNKNOWN.words;
  return { call, words, prints };
}

/** What `$(…)` prints, without the line breaks at its end. */
function readPrinted(commands: readonly Command[], reading: Reading): string {
  const [only = notUnderstood(), ...more] = commands;
  const text = more.length === 0 ? passedOn(only, reading) : null;
  return text?.replace(/\n+$/, "") ?? readPipeline(commands, reading).prints;
}

function readAgentctl(
  command: Command,
  stdin: string | null,
  reading: Reading,
): { call: ReadCall; words: string[] } {
  if (command.sets !== null) notUnderstood();
  let words = valuesOf(command, reading);
  const isTimed = words[0] === "timeout";
  if (isTimed) {
    if (!/^\d+(?:\.\d+)?[smhd]?$/.test(words[1] ?? "")) notUnderstood();
    reading.names.add("timeout");
    words = words.slice(2);
  }
  const [program = "", ...rest] = words;
  if (program === "agentctl") reading.names.add(program);
  else if (/^\/[^\0]*\/agentctl$/.test(program)) reading.paths.add(program);
  else notUnderstood();
  const unknowns = unknownsIn(stdin ?? "");
  // A batch is judged by its text, so here it has none.
  const isUnknown = unknowns.length > 0;
  if (!unknowns.every((unknown) => unknown === UNKNOWN.file)) notUnderstood();
  const read = readCall(["agentctl", ...rest], isUnknown ? null : stdin);
  const call = read && settled(read);
  if (call === null) return notUnderstood();
  const { name, rule, options } = call;
  if (isUnknown && !rule.takesHeredoc) notUnderstood();
  // It would be killed in the middle of what it does.
  if (isTimed && !rule.looks) notUnderstood();
  if (
    reading.isLate && (rule.makes || rule.steers || options.has("workspace"))
  ) notUnderstood();
  reading.isLate ||= name === "wait" || options.has("wait");
  placesOf(reading).forEach(({ calls }) => calls.push(call));
  return { call, words };
}

function readFilter(command: Command, reading: Reading): string[] {
  const words = valuesOf(command, reading);
  const isKnown = words.every((word) => unknownsIn(word).length === 0);
  if (command.sets !== null || command.input !== null || !isKnown) {
    notUnderstood();
  }
  if (!isFilter(words)) notUnderstood();
  reading.names.add(words[0] ?? "");
  reading.isLate ||= !isQuick(words);
  return words;
}

/** What a program prints that only passes on a text or files; `null` for another program. */
function passedOn(command: Command, reading: Reading): string | null {
  const program = command.words[0]?.join("") ?? "";
  if (command.sets !== null || !/^(?:cat|echo|printf)$/.test(program)) {
    return null;
  }
  if (command.isRedirected) notUnderstood();
  const [, ...args] = valuesOf(command, reading);
  const input = inputOf(command, reading);
  if (program === "cat") {
    reading.names.add(program);
    if (args.length === 0) return input ?? notUnderstood();
    if (input !== null) notUnderstood();
    args.forEach((path) => readFile(path, reading));
    return UNKNOWN.file;
  }
  const [format = "", text = "", ...more] = args;
  if (program === "echo") {
    const line = args.join(" ");
    // Some shells replace escapes.
    return /^-|\\/.test(line) ? notUnderstood() : `${line}\n`;
  }
  if (args.length < 2 || more.length > 0) notUnderstood();
  if (format === "%s") return text;
  return format === "%s\\n" ? `${text}\n` : notUnderstood();
}

/** The text that a command gets by a redirection; `null` for none, and for `/dev/null`. */
function inputOf({ input }: Command, reading: Reading): string | null {
  if (input === null || "nothing" in input) return null;
  if ("text" in input) return input.text;
  const printed = () => notUnderstood();
  readFile(valueOfWord(input.file, reading, printed), reading);
  return UNKNOWN.file;
}

function readFile(path: string, reading: Reading): void {
  if (reading.isLate || !isSimplePath(path)) notUnderstood();
  placesOf(reading).forEach(({ files }) => files.push(path));
}

function placesOf({ places, folders }: Reading): Place[] {
  return folders.map((folder) => {
    const place = places.get(folder) ?? { calls: [], files: [] };
    places.set(folder, place);
    return place;
  });
}
