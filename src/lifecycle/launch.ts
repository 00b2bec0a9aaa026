import { PaneId, SocketPath } from "../run/checked_words.ts";
import type { RunId } from "../run/id.ts";
import { tmuxEnvironment } from "../run/environment.ts";
import type { RunPane, RunPlacement } from "../run/record.ts";
import { environmentError } from "../system/errors.ts";
import { selfCommand } from "../system/self_command.ts";
import type { PaneRequest } from "../tmux/pane_commands.ts";
import { placePane } from "../tmux/place_pane.ts";
import { type TmuxServer, tmuxServer, tmuxServerAt } from "../tmux/server.ts";
import { acquireLock } from "../files/lock.ts";
import {
  type Caller,
  type Workspace,
  workspacePaths,
} from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { debugStep } from "../system/ignore.ts";

/**
 * Where the caller of `start` wants the panes of its workers. Throws an
 * `environment` error if its TMUX does not name a possible socket.
 */
export function placementOf({ env }: Caller): RunPlacement {
  const socket = env["TMUX"]?.split(",")[0] || null;
  if (socket === null) return { socket, caller_pane: null };
  if (!SocketPath.safeParse(socket).success) {
    throw environmentError(
      `Cannot use TMUX ${
        JSON.stringify(env["TMUX"])
      }: it must name the socket of tmux by its absolute path; unset TMUX, or call agentctl in a pane`,
    );
  }
  const pane = PaneId.safeParse(env["TMUX_PANE"]);
  return { socket, caller_pane: pane.success ? pane.data : null };
}

/** The pane of a run, and what to tell about it. */
export interface LaunchedRun {
  pane: RunPane;
  warnings: string[];
}

/** How long the panes of others may take, of which there may be fifty on a busy machine. */
const OTHER_PANES_MS = 60_000;

/**
 * Makes the pane of a run and starts its supervisor there, one at a time in a
 * workspace, so that simultaneous starts do not spoil each other's layout. The
 * pane is where the caller of `start` wanted it, no matter who starts the run
 * now.
 */
export async function launchRun(
  context: FleetContext,
  id: RunId,
  placement: RunPlacement | null,
): Promise<LaunchedRun> {
  const { workspace, caller } = context;
  const place = placement ?? placementOf(caller);
  using _lock = await acquireLock(workspacePaths.layoutLock(workspace), {
    patienceMs: OTHER_PANES_MS,
  });
  const words = ["_supervise", id, ...sameState(context)];
  const { risk, ...pane } = await placePane(
    serverAt(context, place),
    paneRequest(context, place, words),
  );
  debugStep(() => `queue: run ${id} starts in pane ${pane.pane_id}`);
  return { pane, warnings: risk === null ? [] : [risk] };
}

/** A pane in which agentctl runs a command of its own. */
export function paneRequest(
  { workspace, caller }: FleetContext,
  place: RunPlacement,
  words: readonly string[],
): PaneRequest {
  const self = caller.program ?? selfCommand();
  return {
    // Relative folders of PATH must find nothing there: the permission to run is for the first program found.
    folder: workspace.state,
    argv: [...self.argv, ...words],
    env: Object.fromEntries(
      self.env.flatMap((name) =>
        caller.env[name] ? [[name, caller.env[name]]] : []
      ),
    ),
    callerPane: place.caller_pane,
    session: workspace.config.tmux_session,
    workspaceKey: workspaceKey(workspace),
  };
}

/**
 * Options with which a hidden command, started by tmux, finds the state of this
 * one: tmux's server may have another HOME.
 */
export function sameState({ workspace, caller }: FleetContext): string[] {
  const { HOME = "" } = caller.env;
  return ["--workspace", workspace.root, "--home", HOME];
}

/** The tmux server of a placement. */
export function serverAt(
  { caller, workspace }: FleetContext,
  { socket }: RunPlacement,
): TmuxServer {
  const env = tmuxEnvironment(caller.env);
  if (socket !== null) return tmuxServerAt(socket, env);
  // Whoever starts the run now may be inside tmux; the caller of start was not.
  const { TMUX: _, TMUX_PANE: __, ...outside } = env;
  return tmuxServer(outside, workspace.config.tmux_socket);
}

/**
 * A short word that distinguishes the windows of this workspace from those of
 * others: tmux formats cannot compare every path. FNV-1a of the path.
 */
export function workspaceKey(workspace: Workspace): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(workspace.root)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16);
}
