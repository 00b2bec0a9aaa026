import type { ReadCall } from "../../permission/read_call.ts";
import { UNKNOWN, unknownsIn } from "./word_values.ts";

/** Options whose value may be ids that are known only at run time. */
const OF_IDS = new Set(["after", "after-any-end"]);

/** Options whose value may be the text of a file. */
const OF_TEXT = new Set(["prompt", "p", "message", "m"]);

/** What stands for an unknown value where the call is judged. */
const STAND_INS: Record<string, string> = {
  [UNKNOWN.ids]: "20260102-030405-a1b2",
  [UNKNOWN.splitIds]: "20260102-030405-a1b2",
  [UNKNOWN.file]: "text",
  [UNKNOWN.nothing]: "ID",
};

/**
 * A call whose unknown values make no difference to what it may do, with plain
 * ones in their place; `null` if one could. A variable that does not exist may be
 * anywhere: such a call does not run.
 */
export function settled(call: ReadCall): ReadCall | null {
  const { rule, args } = call;
  const options = new Map<string, (string | true)[]>();
  for (const [name, values] of call.options) {
    const known = values.map((value) =>
      value === true ? value : settledValue(value, [
        ...OF_IDS.has(name) ? [UNKNOWN.ids] : [],
        ...OF_TEXT.has(name) ? [UNKNOWN.file] : [],
      ])
    );
    if (known.includes(null)) return null;
    options.set(name, known.filter((value) => value !== null));
  }
  // Without a word, what follows it would take its place: of runs to look at, it may.
  const ofRuns = rule.looks ? [UNKNOWN.ids, UNKNOWN.splitIds] : [];
  const knownArgs = args.map((arg) => settledValue(arg, ofRuns)).filter((arg) =>
    arg !== null
  );
  if (knownArgs.length < args.length) return null;
  return { ...call, args: knownArgs, options };
}

function settledValue(
  value: string,
  allowed: readonly string[],
): string | null {
  const isSettled = unknownsIn(value).every((unknown) =>
    unknown === UNKNOWN.nothing || allowed.includes(unknown)
  );
  return isSettled
    ? value.replaceAll(/\0[a-z]+\0/g, (unknown) => STAND_INS[unknown] ?? "")
    : null;
}

/** A program of jq that prints only ids of runs. */
const IDS_ONLY = /^(?:\.\[(?:\d+|-1)?\](?: ?\| ?)?)?\.run_id$/;

/** Whether a call prints only ids of runs, after the filters behind it. */
export function printsOnlyIds(
  { name, rule, options }: ReadCall,
  filters: readonly (readonly string[])[],
): boolean {
  if (options.has("help") || options.has("h")) return false;
  const isJson = options.has("json");
  const [first, ...rest] = filters;
  const picks = first?.[0] === "jq" && first.length === 3 &&
    /^-(?:r|-raw-output)$/.test(first[1] ?? "") &&
    IDS_ONLY.test(first[2] ?? "");
  if (isJson) {
    const hasIds = rule.makes !== undefined ||
      ["list", "inbox", "show"].includes(name);
    return hasIds && picks && rest.every(isPart);
  }
  return rule.makes !== undefined && filters.every(isPart);
}

/** Whether a filter passes on whole lines. */
function isPart([program = "", ...words]: readonly string[]): boolean {
  return ["head", "tail"].includes(program) &&
      /^-(?:n ?)?\d+$/.test(words.join(" ")) ||
    program === "cat" && words.length === 0;
}
