import type { RunFailure, RunRecord } from "../run/record.ts";
import { folderFailure, whyOtherFolder } from "../run/work_folder.ts";
import { realPathSoFar } from "../system/real_path.ts";
import type { SupervisedRun } from "./supervised_run.ts";
import { realPathAtSync } from "../files/exists.ts";

/** A step of a run was refused, for a reason that its record gives. */
export class WorkRefused extends Error {
  override name = "WorkRefused";
  constructor(readonly failure: RunFailure) {
    super(failure.message);
  }
}

/**
 * Throws {@linkcode WorkRefused} if the run's folder is not the one that it
 * was made for, or its worktree's path leads elsewhere. Call it before starting
 * anything there: whoever can write a folder above it may have replaced it with
 * a link, and what runs there would act on another place.
 */
export async function requireOwnFolder(
  { keeper }: SupervisedRun,
): Promise<void> {
  const why = await whyNotOwn(keeper.current());
  if (why !== null) throw new WorkRefused(folderFailure(why));
}

/** Like {@linkcode requireOwnFolder}, but returns the reason, or `null`. */
export async function whyNotOwn(record: RunRecord): Promise<string | null> {
  return await whyOtherFolder(record) ?? await whyLinked(record);
}

/** Why the path of the worker's folder or worktree leads elsewhere, if it exists. */
async function whyLinked(
  { cwd, worktree, folder }: RunRecord,
): Promise<string | null> {
  if (folder === null) return null;
  for (const path of worktree === null ? [cwd] : [worktree.path, cwd]) {
    const real = await realPathSoFar(path);
    if (real !== path) return `"${path}" now leads to "${real}" through a link`;
  }
  return null;
}

/**
 * How often we check for a link in the path. Polling, because workers could hold
 * up a watch on a folder that they can write.
 */
const LOOK_MS = 50;

/**
 * Ends the run as soon as the path of its folder leads elsewhere, until it is
 * disposed. Codex resolves the path again for every command, so a worker in a
 * folder above could make the next command write elsewhere.
 */
export function watchOwnFolder(
  { keeper, ending }: SupervisedRun,
): Disposable {
  const { cwd, folder } = keeper.current();
  const look = () => {
    // Nothing is there while git replaces the folder.
    const real = realPathAtSync(cwd);
    if (folder === null || real === null || real === cwd) return;
    const failure = folderFailure(
      `"${cwd}" now leads to "${real}" through a link`,
    );
    ending.end({
      status: "failed",
      reason: failure.message,
      firstSignal: "SIGTERM",
      failure,
    });
  };
  const timer = setInterval(look, LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
