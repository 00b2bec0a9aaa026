/** What agentctl knows about git: repositories, snapshots of a folder, and what changed between two. */
export { environmentForOthers, refusedDrivers } from "./obedience.ts";
export { gitPager } from "./pager.ts";
export { initRepository } from "./init_repository.ts";
export { findRepository, isBareRepository } from "./repository.ts";
export type { Repository } from "./git_call.ts";
export {
  discardSnapshot,
  type SnapshotOptions,
  takeSnapshot,
} from "./snapshot.ts";
export { type DiffOptions, diffTrees } from "./tree_diff.ts";
export { type ChangedFile, type DiffSummary, namesOf } from "./diff_summary.ts";
export {
  addWorktree,
  checkOut,
  commitWithLine,
  countUncommitted,
  deleteBranch,
  findCommit,
  findWorktree,
  innerRepositories,
  isContained,
  removeWorktree,
  type WorktreePlace,
} from "./worktree.ts";
export {
  adoptChanges,
  composeChanges,
  isReady,
  type KeepOptions,
  type KeptChanges,
  markStart,
  startTree,
} from "./kept_changes.ts";
export {
  changesOf,
  fastForward,
  mergeCommits,
  type MergeOptions,
  type MergeResult,
  operationInProgress,
} from "./merge.ts";
export {
  type HiddenFiles,
  type HiddenOptions,
  listHiddenFiles,
  readExclude,
} from "./hidden_files.ts";
export { listUntracked } from "./included_files.ts";
export { changedSince, readTreeFile, type TreeOptions } from "./tree_file.ts";
