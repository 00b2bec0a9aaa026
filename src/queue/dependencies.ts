import { followChain } from "../run/chain.ts";
import { isRunId } from "../run/id.ts";
import {
  type EndedRecord,
  isEnded,
  isGood,
  type RunRecord,
} from "../run/record.ts";
import { readRecord, RunNotFound } from "../run/store.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { ignore } from "../system/ignore.ts";

/** Whether the runs that a run comes after let it start. */
export type Readiness =
  | { state: "ready" }
  | { state: "waiting"; runs: string[] }
  /** It never will; the reason is a sentence. */
  | { state: "hopeless"; reason: string };

/** Checks the runs that a run comes after. For a chain, its last attempt counts. */
export async function readiness(
  workspace: Workspace,
  record: Pick<RunRecord, "after" | "after_any_end">,
): Promise<Readiness> {
  const waiting: string[] = [];
  for (const id of record.after) {
    const end = await endOfChain(workspace, id);
    if (end === "live") waiting.push(id);
    else if (typeof end === "string") return hopeless(id, WORDS[end]);
    else if (!isGood(end)) {
      return hopeless(
        id,
        `ended without meeting its goal (${outcomeOf(end).words})`,
      );
    }
  }
  for (const id of record.after_any_end) {
    if (await endOfChain(workspace, id) === "live") waiting.push(id);
  }
  return waiting.length === 0
    ? { state: "ready" }
    : { state: "waiting", runs: waiting };
}

const WORDS = {
  gone: "no longer exists",
  damaged: "cannot be read",
};

/** The final record of a chain, given one of its attempts. An attempt that is still being made counts as running. */
async function endOfChain(
  workspace: Workspace,
  id: string,
): Promise<EndedRecord | "live" | "gone" | "damaged"> {
  if (!isRunId(id)) return "gone";
  const attempts: RunRecord[] = [];
  try {
    const chain = followChain(id, (next) => readRecord(workspace, next));
    for await (const record of chain) attempts.push(record);
  } catch (error) {
    ignore(error, "the chain counts as damaged, or as gone");
    if (!(error instanceof RunNotFound)) return "damaged";
    return attempts.length === 0 ? "gone" : "live";
  }
  const last = attempts.at(-1);
  return last !== undefined && isEnded(last) ? last : "live";
}

function hopeless(id: string, what: string): Readiness {
  return {
    state: "hopeless",
    reason: `Run ${id}, which it was to start after, ${what}`,
  };
}
