export { type FleetContext } from "./context.ts";
export { observeRun, reconcileRun } from "./reconcile.ts";
export { resumableParent } from "./resume.ts";
export {
  listMessages,
  sendMessage,
  type SentMessage,
  waitForAnswer,
} from "./send.ts";
export { type StartRequest, startRun } from "./start.ts";
export { stopRun } from "./stop.ts";
export { waitForRuns } from "./wait.ts";
