import type { Caller, Workspace } from "./workspace.ts";

/** What all work on runs depends on: the workspace and the caller. */
export interface FleetContext {
  workspace: Workspace;
  caller: Caller;
}
