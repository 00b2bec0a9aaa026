export { windowLayout } from "./layout.ts";
export { displayMessage } from "./notices.ts";
export {
  type PaneScreen,
  pasteText,
  pressEnter,
  readScreen,
} from "./keyboard.ts";
export { markPane, paneState } from "./panes.ts";
export { type PanePlace, placePane } from "./place_pane.ts";
export { type TmuxServer, tmuxServer, tmuxServerAt } from "./server.ts";
