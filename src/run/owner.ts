import * as z from "zod/mini";
import * as word from "./checked_words.ts";

/** A process of Claude Code. */
export const ClaudeProcess = z.object({
  pid: word.ProcessId,
  /** When it was started, in the words of its own note: tells it from another with the same id. */
  started: z.string(),
  /** Its folder of settings, in which it keeps that note while it lives. */
  home: word.AbsolutePath,
});

/** Who asked for a run. */
export const Owner = z.object({
  /** The session of Claude Code; `null` for the user, in a shell. */
  session: z.nullable(word.SessionId),
  /** `null` for the user, or if the session's process is not known. */
  process: z.nullable(ClaudeProcess),
  /** The pane of tmux in which they asked. */
  pane: z.nullable(word.PaneId),
  /** The folder of the session, or the one that the user was in. */
  folder: word.AbsolutePath,
});

export type ClaudeProcess = z.infer<typeof ClaudeProcess>;
export type RunOwner = z.infer<typeof Owner>;
