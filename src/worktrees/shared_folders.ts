import { possibleRoots } from "../git/git_folder.ts";
import type { RunRecord } from "../run/record.ts";
import { realPathSoFar } from "../system/real_path.ts";
import type { FleetContext } from "../workspace/context.ts";

/**
 * Says of which repositories several of some runs may change the same work tree at
 * the same time, a line for each: none if they only read, have worktrees, or come
 * after one another.
 */
export async function tellShared(
  { workspace, caller }: FleetContext,
  records: readonly RunRecord[],
): Promise<string[]> {
  if (workspace.config.max_parallel === 1) return [];
  const writers = records.filter(({ sandbox, worktree }) =>
    sandbox !== "read-only" && worktree === null
  );
  const byRoot = new Map<string, RunRecord[]>();
  for (const record of writers) {
    const root = await rootOf(record.cwd, caller.env);
    if (root !== null) byRoot.set(root, [...byRoot.get(root) ?? [], record]);
  }
  const before = ancestors(records);
  return [...byRoot].flatMap(([root, runs]) => {
    const count = runs.filter(({ run_id: one }) =>
      runs.some(({ run_id: other }) =>
        one !== other && !before(one).has(other) && !before(other).has(one)
      )
    ).length;
    return count === 0 ? [] : [
      `${count} tasks of this batch may change "${root}" at the same time, and each sees what the others change; with --worktree each has its own`,
    ];
  });
}

/** The nearest folder with a `.git`; which repository it is does not matter here. */
async function rootOf(
  folder: string,
  env: Record<string, string>,
): Promise<string | null> {
  for await (const root of possibleRoots(await realPathSoFar(folder), env)) {
    return root;
  }
  return null;
}

/** For each of these runs, all runs that it comes after, directly or not. */
function ancestors(
  records: readonly RunRecord[],
): (id: string) => ReadonlySet<string> {
  const byId = new Map(records.map((record) => [record.run_id, record]));
  const known = new Map<string, Set<string>>();
  const of = (id: string): Set<string> => {
    const found = known.get(id);
    if (found) return found;
    const all = new Set<string>();
    // Before the others are asked: a circle must end.
    known.set(id, all);
    const { after = [], after_any_end = [] } = byId.get(id) ?? {};
    for (const earlier of [...after, ...after_any_end]) {
      all.add(earlier);
      of(earlier).forEach((one) => all.add(one));
    }
    return all;
  };
  return of;
}
