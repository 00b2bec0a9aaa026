export { currentAttempt } from "./chain.ts";
export { type FleetContext } from "./context.ts";
export { observeRun, reconcileRun } from "./reconcile.ts";
export { rerunRequest } from "./rerun.ts";
export { resolveTargets } from "./resolve_targets.ts";
export { resumeRequest } from "./resume.ts";
export {
  listMessages,
  sendMessage,
  type SentMessage,
  waitForAnswer,
} from "./send.ts";
export { startRun } from "./start.ts";
export { type StartRequest } from "./start_request.ts";
export { stopRun } from "./stop.ts";
export { stopRuns } from "./stop_runs.ts";
export { waitForEnds, waitForRuns } from "./wait.ts";
