import * as z from "zod/mini";
import { isRunId } from "./id.ts";

/*
 * Values of stored files that become words of a command line, or name a process, a
 * pane or a folder. They are checked where they are read, so they can be
 * nothing else: no option, no second command, no path out of the store.
 */

/** The id of a run. */
export const RunIdText = z.string().check(
  z.refine((text: string) => isRunId(text), "is not the id of a run"),
);

/** A tmux pane. */
export const PaneId = z.string().check(
  z.regex(/^%\d{1,9}$/, 'is not a tmux pane, such as "%12"'),
);

/** A tmux window. */
export const WindowId = z.string().check(
  z.regex(/^@\d{1,9}$/, 'is not a tmux window, such as "@3"'),
);

/** The name of a tmux session, which users choose freely. */
export const SessionName = z.string().check(
  z.regex(/^\P{Cc}{1,1000}$/u, "is not the name of a session"),
);

/** The socket of a tmux server. */
export const SocketPath = z.string().check(
  z.regex(/^\/\P{Cc}{1,1000}$/u, "is not the absolute path of a socket"),
);

/** The id of an ordinary process: neither the system's first nor a process group. */
export const ProcessId = z.int().check(
  z.minimum(2, "is not the id of a process"),
);

/** A folder or file; where it leads is checked when it is used. */
export const AbsolutePath = z.string().check(
  z.regex(/^\/[^\0]*$/, "is not an absolute path"),
);

/** A Codex thread. */
export const ThreadId = z.string().check(
  z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "is not the id of a thread"),
);

/** A session of Claude Code. */
export const SessionId = z.string().check(
  z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "is not the id of a session"),
);

/** A commit or another git object, by a name that cannot be an option or a range. */
export const ObjectName = z.string().check(
  z.regex(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, "is not the name of a commit"),
);

/** A branch that agentctl made. */
export const OwnBranch = z.string().check(
  z.regex(
    /^agentctl\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    "is not a branch of agentctl",
  ),
);
