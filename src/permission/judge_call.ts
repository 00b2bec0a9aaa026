import { resolve } from "@std/path";
import type { Reason } from "./reasons_to_ask.ts";
import { messageOf } from "../system/errors.ts";
import { oneLine } from "../text/sanitize.ts";
import { type CallSite, placeOf } from "./call_site.ts";
import { isPreview, type ReadCall, ruleOf } from "./read_call.ts";
import { readToolCalls } from "./read_tool_calls.ts";

/** The reason for a call that is not understood. */
export const UNREAD: Reason = {
  kind: "unclear",
  words:
    "it cannot tell what this command does: only calls of agentctl that it understands word for word can pass without a question",
};

/** Like {@linkcode reasonsOfCalls}, for a call of a tool of `agentctl mcp`. */
export async function reasonsOfTool(
  name: string,
  args: Record<string, unknown>,
  site: CallSite,
): Promise<Reason[]> {
  return await reasonsOfCalls(readToolCalls(name, args), site);
}

/**
 * Why the user has to be asked about calls, apart from what the user lets pass;
 * empty if they do no more than the session already may. `null` stands for a
 * call that is not understood. `files` are those that others read for the calls.
 */
export async function reasonsOfCalls(
  calls: readonly ReadCall[] | null,
  site: CallSite,
  files: readonly string[] = [],
): Promise<Reason[]> {
  if (calls === null) return [UNREAD];
  try {
    const reasons: Reason[] = [];
    for (const call of calls) reasons.push(...await reasonsOfCall(call, site));
    for (const file of files) {
      reasons.push(
        ...await reasonsOfFile(file, site),
        ...await oddness(file, site),
      );
    }
    if (reasons.length === 0) return reasons;
    const { withoutAllowed } = await import("./allowed_unasked.ts");
    return await withoutAllowed(reasons, site.env);
  } catch (error) {
    const words = `it cannot tell what this call may do (${
      oneLine(messageOf(error), 200)
    })`;
    return [{ kind: "unclear", words }];
  }
}

/** The reasons as the rest of a sentence that begins with "because". */
export function inWords(reasons: readonly Reason[]): string {
  const words = reasons.map(({ words }) => words);
  return [...new Set(words)].join(", and because ");
}

/** Loads what needs the workspace only for calls that start or control runs. Throws if it cannot tell. */
async function reasonsOfCall(
  call: ReadCall,
  site: CallSite,
): Promise<Reason[]> {
  const { name, rule, options } = call;
  if (options.has("help") || options.has("h")) return [];
  const reasons: Reason[] = [];
  const ask = (words: string) =>
    reasons.push({ kind: "command", which: name, words });
  if (rule.asks !== undefined && !isPreview(call)) ask(rule.asks);
  for (const [option, values] of options) {
    const what = ruleOf(rule, option);
    if (typeof what === "object") ask(what.asks);
    if (what !== "file" && what !== "batch") continue;
    for (const value of values) {
      if (value === true) continue;
      if (what === "file") reasons.push(...await reasonsOfFile(value, site));
      else if (value !== "-") {
        reasons.push({
          kind: "file",
          which: resolve(placeOf(site), value),
          words:
            "the tasks of a batch in a file may change before they are read; a here-document is read here",
        });
      }
    }
  }
  const isElsewhere = options.has("workspace") || site.moved != null;
  // Seeing what was sent gives nobody more rights.
  const steers = rule.steers !== undefined && !options.has("list");
  if (rule.makes || steers || rule.answers || isElsewhere) {
    const { reasonsOfRuns } = await import("./judge_runs.ts");
    reasons.push(...await reasonsOfRuns(call, site));
  }
  return reasons;
}

/** Opening a named pipe waits until somebody writes, when the calls that follow may mean something else. */
async function oddness(file: string, site: CallSite): Promise<Reason[]> {
  const { infoAt } = await import("../files/exists.ts");
  const info = await infoAt(resolve(placeOf(site), file));
  return info === null || info.isFile ? [] : [UNREAD];
}

/** A file elsewhere may hold what no worker, and no model, should read. */
async function reasonsOfFile(file: string, site: CallSite): Promise<Reason[]> {
  const { isInside, shown } = await import("./reasons_to_ask.ts");
  const { folder } = site;
  const path = resolve(placeOf(site), file);
  if (await isInside(path, folder)) return [];
  return [{
    kind: "file",
    which: path,
    words: `it gives a worker the text of ${
      shown(path)
    }, outside the session's folder`,
  }];
}
