import type { LiveRecord, RunTask } from "./record.ts";

/** What becomes known about a run while it works. */
type Progress = Omit<LiveRecord, keyof RunTask | "status" | "started_at">;

/** What is known about a run when it is made. */
export const FIRST_PROGRESS: Progress = {
  thread_id: null,
  last_activity_at: null,
  activity: null,
  usage: null,
  thread_usage: null,
  pane: null,
  supervisor_pid: null,
  warnings: [],
  host: null,
  repository: null,
  guard: null,
  mcp_servers: null,
  over_ceiling: false,
  waiting_for: null,
  waited_ms: 0,
};
