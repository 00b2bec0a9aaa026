import { readerOf } from "../owners/reader.ts";
import type { RunId } from "../run/id.ts";
import { readRecord, runFiles } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { acquireLock, awaitLock, type Lock } from "../files/lock.ts";
import { ignoreUnlessAbsent, instead } from "../system/ignore.ts";

/** How long others may take to see whether somebody waits. */
const ASKED_MS = 2_000;

/**
 * Tells others, until it is disposed or the process ends, that somebody is
 * waiting for these runs and will see their results. Holds a shared lock on each
 * prompt: a file that every run has and nobody rewrites, so waiting needs no
 * write permission.
 */
export async function announceWait(
  workspace: Workspace,
  ids: readonly RunId[],
): Promise<Disposable> {
  const locks: Lock[] = [];
  for (const id of ids) {
    try {
      const { prompt } = runFiles(workspace, id);
      // Others hold it exclusively only for a moment, to see whether anybody waits.
      locks.push(
        await acquireLock(prompt, { shared: true, patienceMs: ASKED_MS }),
      );
    } catch (error) {
      ignoreUnlessAbsent(
        error,
        "nobody waits visibly for a run without a prompt",
      );
    }
  }
  return {
    [Symbol.dispose]() {
      for (const lock of locks) lock.release();
    },
  };
}

/** Those of the runs whose results are for the caller: nobody else is told by a wait of the caller's. */
export async function ownRuns(
  context: FleetContext,
  ids: readonly RunId[],
): Promise<RunId[]> {
  const { isFor } = await readerOf(context);
  const own: RunId[] = [];
  for (const id of ids) {
    const record = await readRecord(context.workspace, id).catch(
      instead(null, "the wait itself says what is wrong with the record"),
    );
    if (record === null || await isFor(record)) own.push(id);
  }
  return own;
}

/** Resolves, without polling, when nobody waits for the run any more: at once if nobody does. */
export async function waitersGone(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  const lock = await awaitLock(runFiles(workspace, id).prompt);
  lock.release();
}
