export { currentAttempt } from "./chain.ts";
export { type FleetContext } from "./context.ts";
export { observeRun, reconcileRun } from "./reconcile.ts";
export { resumableParent } from "./resume.ts";
export { type StartRequest, startRun } from "./start.ts";
export { stopRun } from "./stop.ts";
export { waitForEnds, waitForRuns } from "./wait.ts";
