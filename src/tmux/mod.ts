export { windowLayout } from "./layout.ts";
export { displayMessage } from "./notices.ts";
export { paneState } from "./panes.ts";
export { type PanePlace, placePane } from "./place_pane.ts";
export { endMarkedProcesses, killProcess } from "./processes.ts";
export { type TmuxServer, tmuxServer, tmuxServerAt } from "./server.ts";
export { runShell } from "./shell.ts";
