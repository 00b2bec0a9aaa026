import {
  diffTrees,
  findRepository,
  type Repository,
  takeSnapshot,
} from "../git/mod.ts";
import { messageOf } from "../system/errors.ts";
import type { RunRecord } from "../run/record.ts";
import type { RunFiles } from "../run/store.ts";

/** The state of a run's folder before the worker, to compare with afterwards. */
export interface Baseline {
  /** Whether the folder is in a git work tree; Codex wants to know. */
  inRepository: boolean;
  /** What stood in the way of a diff, for the record. */
  warning: string | null;
  /** What has changed since; `null` where there is nothing to compare with. Throws if git refuses. */
  diff(): Promise<{ stat: string; files: string[] } | null>;
}

/**
 * Records the state of a run's folder. A folder without git has no diff, and
 * that is no error. A worker that may only read changes nothing: whatever
 * changes meanwhile is somebody else's.
 */
export async function takeBaseline(
  { cwd, sandbox }: Pick<RunRecord, "cwd" | "sandbox">,
  files: RunFiles,
  env: Record<string, string>,
): Promise<Baseline> {
  let repository: Repository | null = null;
  try {
    repository = await findRepository(cwd, env);
  } catch (error) {
    return noBaseline(true, `No diff: ${messageOf(error)}`);
  }
  if (repository === null) {
    return noBaseline(false, "No diff: the folder is not in a git repository");
  }
  if (sandbox === "read-only") {
    return {
      inRepository: true,
      warning: null,
      diff: () => Promise.resolve({ stat: "", files: [] }),
    };
  }
  const options = { scratch: files.scratch, env };
  let before: string;
  try {
    before = await takeSnapshot(repository, options);
  } catch (error) {
    return noBaseline(true, `No diff: ${messageOf(error)}`);
  }
  const found = repository;
  return {
    inRepository: true,
    warning: null,
    async diff() {
      try {
        const after = await takeSnapshot(found, options);
        const summary = await diffTrees(found, before, after, {
          ...options,
          patchFile: files.diff,
        });
        return {
          stat: summary.stat,
          files: summary.files.map((file) => file.path),
        };
      } finally {
        await Deno.remove(files.scratch, { recursive: true }).catch(() => {});
      }
    },
  };
}

function noBaseline(inRepository: boolean, warning: string): Baseline {
  return { inRepository, warning, diff: () => Promise.resolve(null) };
}
