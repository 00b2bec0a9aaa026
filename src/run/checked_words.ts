import * as z from "zod/mini";
import { isRunId } from "./id.ts";

/*
 * What of a stored file becomes a word of a command line, or names a process,
 * a pane or a folder. It is checked where it is read, so that it can be nothing
 * else: no option, no second command, no path out of the store.
 */

/** The id of a run. */
export const RunIdText = z.string().check(
  z.refine((text: string) => isRunId(text), "is not the id of a run"),
);

/** A pane of tmux. */
export const PaneId = z.string().check(
  z.regex(/^%\d{1,9}$/, 'is not a pane of tmux, such as "%12"'),
);

/** A window of tmux. */
export const WindowId = z.string().check(
  z.regex(/^@\d{1,9}$/, 'is not a window of tmux, such as "@3"'),
);

/** The name of a session of tmux: any, as people choose them. */
export const SessionName = z.string().check(
  z.regex(/^\P{Cc}{1,1000}$/u, "is not the name of a session"),
);

/** The socket of a server of tmux. */
export const SocketPath = z.string().check(
  z.regex(/^\/\P{Cc}{1,1000}$/u, "is not the absolute path of a socket"),
);

/** A process that can be somebody's: not the first of the system, and no group of processes. */
export const ProcessId = z.int().check(
  z.minimum(2, "is not the id of a process"),
);

/** A folder or file; where it leads is looked at when it is used. */
export const AbsolutePath = z.string().check(
  z.regex(/^\/[^\0]*$/, "is not an absolute path"),
);

/** A thread of Codex. */
export const ThreadId = z.string().check(
  z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "is not the id of a thread"),
);

/** A commit or another object of git, by a name that can be no option and no range. */
export const ObjectName = z.string().check(
  z.regex(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, "is not the name of a commit"),
);

/** A branch that agentctl has made. */
export const OwnBranch = z.string().check(
  z.regex(
    /^agentctl\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    "is not a branch of agentctl",
  ),
);
