/** What agentctl knows about git: repositories, snapshots of a folder, and what changed between two. */
export { findRepository, type Repository } from "./repository.ts";
export {
  discardSnapshot,
  type SnapshotOptions,
  takeSnapshot,
} from "./snapshot.ts";
export { type DiffOptions, diffTrees } from "./tree_diff.ts";
export type { ChangedFile, DiffSummary } from "./diff_summary.ts";
