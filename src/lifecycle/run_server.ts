import { tmuxEnvironment } from "../run/environment.ts";
import type { RunRecord } from "../run/record.ts";
import { type TmuxServer, tmuxServer, tmuxServerAt } from "../tmux/server.ts";
import type { FleetContext } from "../workspace/context.ts";

/** The tmux server for new panes. */
export function callerServer({ caller, workspace }: FleetContext): TmuxServer {
  return tmuxServer(tmuxEnvironment(caller.env), workspace.config.tmux_socket);
}

/** The tmux server of a run's pane, or the caller's if the run has none. */
export function runServer(
  context: FleetContext,
  record: RunRecord,
): TmuxServer {
  if (record.pane === null) return callerServer(context);
  return tmuxServerAt(record.pane.socket, tmuxEnvironment(context.caller.env));
}
