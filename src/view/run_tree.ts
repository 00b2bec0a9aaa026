import type { RunRecord } from "../run/record.ts";

/** Runs in the order of a tree, and what precedes the title of each. */
export interface RunTree {
  records: RunRecord[];
  branches: Map<string, string>;
}

/**
 * Puts runs into the order of a tree: below each run those that continue it,
 * and those that come after it. Runs whose parent is not among them are at the
 * top; otherwise the order is kept.
 */
export function inTree(records: readonly RunRecord[]): RunTree {
  const known = new Set(records.map(({ run_id }) => run_id));
  const children = Map.groupBy(records, (record) => parentOf(record, known));
  const tree: RunTree = { records: [], branches: new Map() };
  const add = (record: RunRecord, branch: string, below: string) => {
    tree.records.push(record);
    tree.branches.set(record.run_id, branch);
    // Oldest first, because it is read from the top.
    const list = (children.get(record.run_id) ?? []).toReversed();
    for (const [index, child] of list.entries()) {
      const isLast = index === list.length - 1;
      add(
        child,
        below + (isLast ? "└ " : "├ "),
        below + (isLast ? "  " : "│ "),
      );
    }
  };
  for (const root of children.get(null) ?? []) add(root, "", "");
  return tree;
}

/** A run that continues another hangs below it, and otherwise below the last of those that it comes after. */
function parentOf(
  record: RunRecord,
  known: ReadonlySet<string>,
): string | null {
  const above = [
    ...record.after_any_end,
    ...record.after,
    ...record.parent_run_id === null ? [] : [record.parent_run_id],
  ].filter((id) => known.has(id) && id !== record.run_id);
  return above.at(-1) ?? null;
}
