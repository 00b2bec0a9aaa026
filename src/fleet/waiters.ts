import type { RunId } from "../run/id.ts";
import { runFiles } from "../run/store.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { acquireLock, type Lock } from "../files/lock.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";

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
      locks.push(await acquireLock(prompt, { shared: true }));
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

/** Resolves, without polling, when nobody is waiting for the run any more: at once if nobody is. */
export async function waitersGone(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  const lock = await acquireLock(runFiles(workspace, id).prompt);
  lock.release();
}
