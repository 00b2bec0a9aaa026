import type { RunFailure, RunRecord } from "../run/record.ts";
import { folderFailure, whyOtherFolder } from "../run/work_folder.ts";
import { realPathSoFar } from "../files/real_path.ts";
import type { SupervisedRun } from "./supervised_run.ts";

/** What was about to be done for a run must not be, for a reason that its record tells. */
export class WorkRefused extends Error {
  override name = "WorkRefused";
  constructor(readonly failure: RunFailure) {
    super(failure.message);
  }
}

/**
 * Throws {@linkcode WorkRefused} if the run's folder is not the one that it
 * was made for, or its worktree's path leads elsewhere. To be called before
 * anything is started there: whoever can write a folder above it may have made
 * a link of it, and what runs there would be let loose on another place.
 */
export async function requireOwnFolder(
  { keeper }: SupervisedRun,
): Promise<void> {
  const why = await whyNotOwn(keeper.current());
  if (why !== null) throw new WorkRefused(folderFailure(why));
}

/** As {@linkcode requireOwnFolder}, but says why, or `null`. */
export async function whyNotOwn(record: RunRecord): Promise<string | null> {
  return await whyOtherFolder(record) ?? await whyLinked(record);
}

/** Why the folder of the worker, or its worktree, leads elsewhere, as far as they are there. */
async function whyLinked(
  { cwd, worktree, folder }: RunRecord,
): Promise<string | null> {
  if (folder === null) return null;
  for (const path of worktree === null ? [cwd] : [worktree.path, cwd]) {
    const real = await realPathSoFar(path);
    if (real !== path) return `"${path}" leads to "${real}" by a link now`;
  }
  return null;
}

/**
 * How often it is looked whether a link has come into the path. Nobody tells:
 * a watch of a folder that workers can write could be held up by them.
 */
const LOOK_MS = 50;

/**
 * Ends the run as soon as the path of its folder leads elsewhere, until it is
 * disposed. Codex binds the path anew for every command, so that a worker of a
 * folder above could let the next one write to another place.
 */
export function watchOwnFolder(
  { keeper, ending }: SupervisedRun,
): Disposable {
  const { cwd, folder } = keeper.current();
  const look = () => {
    const real = realPathOf(cwd);
    if (folder === null || real === null || real === cwd) return;
    const failure = folderFailure(`"${cwd}" leads to "${real}" by a link now`);
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

/** `null` where there is nothing, as while git writes the folder anew. */
function realPathOf(path: string): string | null {
  try {
    return Deno.realPathSync(path);
  } catch {
    return null;
  }
}
