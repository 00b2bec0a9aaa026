import * as z from "zod/mini";
import * as word from "./checked_words.ts";

/** The pane of a run. */
export const Pane = z.object({
  /** The tmux socket, as a path. */
  socket: word.SocketPath,
  session: word.SessionName,
  window_id: word.WindowId,
  pane_id: word.PaneId,
});

/** Where a run's pane should be made; for a queued run, another process makes it. */
export const Placement = z.object({
  /** The tmux socket of the caller, as a path; `null` outside tmux. */
  socket: z.nullable(word.SocketPath),
  /** The pane of the caller; `null` outside tmux. */
  caller_pane: z.nullable(word.PaneId),
});
