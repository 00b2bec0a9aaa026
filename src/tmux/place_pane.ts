import { besideCapacity, windowLayout } from "./layout.ts";
import { holdSession } from "./own_options.ts";
import { windowOptions } from "./own_window.ts";
import { endOldTrials, listPanes, type PaneInfo } from "./panes.ts";
import {
  held,
  type PanePlace,
  type PaneRequest,
  parsePlace,
  reuse,
  start,
} from "./pane_commands.ts";
import {
  isServerMissing,
  runTmux,
  tmuxError,
  type TmuxServer,
} from "./server.ts";

/** A pane that was made, and what to tell about it. */
export interface PlacedPane extends PanePlace {
  /** Why the pane will end when a client detaches, and what to do; `null` if it will not. */
  risk: string | null;
}

/** How often it is tried again if the server ends, or another process makes the session, meanwhile. */
const MORE_TRIES = 4;

/** The size of a session to which nobody has attached yet. */
const DETACHED_WIDTH = 220;
const DETACHED_HEIGHT = 50;

/**
 * Makes a pane for a worker and starts its program there. What agentctl needs of
 * tmux's options is set on it in the same call, so that the user's settings never
 * act on it (see docs/tmux.md). It reuses a finished pane, or else splits a window of ours with room, or else makes a new window.
 * It never touches the user's windows or moves the focus.
 *
 * The caller must hold the workspace's layout lock. Throws an `environment` error
 * with tmux's words if it cannot make a pane.
 */
export async function placePane(
  server: TmuxServer,
  request: PaneRequest,
  moreTries = MORE_TRIES,
): Promise<PlacedPane> {
  const panes = await listPanes(server, request);
  const place = await placeAmong(server, panes ?? [], request) ??
    await placeInNewWindow(server, panes, request, moreTries > 0);
  if (place === null) {
    return await placePane(server, request, moreTries - 1);
  }
  // Only now: the last session may take its server with it.
  await endOldTrials(server, panes ?? []);
  return { ...place, risk: detachRiskOf(panes, request, place.window_id) };
}

/**
 * What will happen to a new pane in a window, or where a request would open one,
 * when the user detaches, and how to prevent it; `null` if it stays. These are
 * settings of a server or session that agentctl did not make, so it leaves them
 * alone.
 */
export function detachRiskOf(
  panes: PaneInfo[] | null,
  request: PaneRequest,
  windowId?: string,
): string | null {
  const session = panes?.find((pane) => pane.window_id === windowId) ??
    targetSession(panes, request);
  if (panes?.some((pane) => pane.server_ends)) {
    return 'When the last client detaches, tmux ends its server and with it this run (exit-unattached is on); stay attached, or run "tmux set-option -s exit-unattached off"';
  }
  return session?.session_ends
    ? 'When you detach, tmux ends this session and with it this run (destroy-unattached is on); stay attached, or run "tmux set-option destroy-unattached off" in it'
    : null;
}

/** Places a worker in a finished pane, or in a window that has room; `null` if there is none. */
async function placeAmong(
  server: TmuxServer,
  panes: PaneInfo[],
  request: PaneRequest,
): Promise<PanePlace | null> {
  const callerWindow = panes.find((pane) => pane.pane_id === request.callerPane)
    ?.window_id;
  const session = targetSession(panes, request)?.session_id;
  // Only an orchestrator's own workers, which it started itself, go beside it.
  const ours = panes.filter((pane) =>
    pane.is_ours && pane.session_id === session &&
    pane.pane_id !== pane.orchestrator &&
    (pane.orchestrator === null || pane.window_id === callerWindow)
  );
  const finished = ours.find((pane) => pane.dead);
  if (finished) {
    const place = await tryPlace(
      server,
      request,
      reuse(finished, request),
      finished.pane_id,
    );
    if (place) return place;
  }
  const beside = await placeBeside(server, panes, request);
  if (beside) return beside;
  const stacked = ours.filter((pane) => pane.orchestrator === null);
  for (const [windowId, windowPanes] of groupByWindow(stacked)) {
    const largest = windowPanes.reduce((a, b) =>
      b.width * b.height > a.width * a.height ? b : a
    );
    const { layout, capacity } = windowLayout(
      largest.window_width,
      largest.window_height,
    );
    if (windowPanes.length >= capacity) continue;
    const place = await tryPlace(server, request, [
      ...start("split-window", ["-d", "-t", largest.pane_id], request),
      // They may be of a version that held fewer.
      ...windowOptions(windowId, request.workspaceKey),
      ";",
      "select-layout",
      "-t",
      windowId,
      layout,
    ]);
    if (place) return place;
  }
  return null;
}

/** Stacks a worker to the right of the calling orchestrator, which keeps half of the width. */
async function placeBeside(
  server: TmuxServer,
  panes: PaneInfo[],
  request: PaneRequest,
): Promise<PanePlace | null> {
  const caller = panes.find((pane) => pane.pane_id === request.callerPane);
  if (!caller?.is_ours || caller.orchestrator !== caller.pane_id) return null;
  const workers = panes.filter((pane) =>
    pane.window_id === caller.window_id && pane.pane_id !== caller.pane_id
  );
  const capacity = besideCapacity(caller.window_width, caller.window_height);
  if (workers.length >= capacity) return null;
  const last = workers.at(-1);
  const target = last
    ? ["-v", "-t", last.pane_id]
    : ["-h", "-t", caller.pane_id];
  const window = ["-t", caller.window_id];
  return await tryPlace(server, request, [
    ...start("split-window", ["-d", ...target], request),
    ...windowOptions(caller.window_id, request.workspaceKey),
    ";",
    "set-option",
    "-w",
    ...window,
    "main-pane-width",
    "50%",
    ";",
    "select-layout",
    ...window,
    "main-vertical",
  ]);
}

/**
 * A pane of the session that workers go to: the caller's, because each may be
 * another orchestrator's; outside tmux the named one. If the caller's pane is
 * gone, one that has such windows. `undefined` if there is none.
 */
function targetSession(
  panes: PaneInfo[] | null,
  { callerPane }: PaneRequest,
): PaneInfo | undefined {
  return panes?.find((pane) => pane.pane_id === callerPane) ??
    panes?.find((pane) => pane.in_named_session) ??
    (callerPane === null ? undefined : panes?.find((pane) => pane.is_ours));
}

/** `panes` is `null` if no server is running. Returns `null` if another try may succeed. */
async function placeInNewWindow(
  server: TmuxServer,
  panes: PaneInfo[] | null,
  request: PaneRequest,
  mayRetry: boolean,
): Promise<PanePlace | null> {
  const session = targetSession(panes, request)?.session_id;
  const name = freeWindowName(
    panes?.filter((pane) => pane.session_id === session) ?? [],
  );
  const key = request.workspaceKey;
  const args = session === undefined
    ? [
      ...start("new-session", [
        "-d",
        "-s",
        request.session,
        "-x",
        String(DETACHED_WIDTH),
        "-y",
        String(DETACHED_HEIGHT),
        "-n",
        name,
      ], request),
      ...holdSession(`=${request.session}:`, panes === null),
      // Its only window, whatever a hook names it.
      ...windowOptions(`=${request.session}:^`, key),
    ]
    : [
      ...start("new-window", ["-d", "-t", `${session}:`, "-n", name], request),
      ...windowOptions(`${session}:=${name}`, key),
    ];
  const output = await runTmux(server, args);
  const place = parsePlace(output.stdout);
  if (place) return await held(server, request, place, output);
  // Another workspace was faster to make the session, or the server has just ended.
  const passing =
    /duplicate session|server exited|lost server|no server running/
      .test(output.stderr);
  if (passing && mayRetry) return null;
  throw tmuxError(
    session === undefined
      ? `make tmux session "${request.session}"`
      : "make a pane",
    output,
  );
}

/** Runs the commands; `null` if the pane could not be made for a reason that does not apply to another window. */
async function tryPlace(
  server: TmuxServer,
  request: PaneRequest,
  args: string[],
  knownPane?: string,
): Promise<PanePlace | null> {
  const output = await runTmux(server, args);
  const place = parsePlace(output.stdout);
  if (place) return await held(server, request, place, output);
  const passing = isServerMissing(output) ||
    /no space for new pane|can't find (pane|window)|still active/
      .test(output.stderr);
  if (passing) return null;
  throw tmuxError(
    knownPane ? `use pane ${knownPane} again` : "make a pane",
    output,
  );
}

function freeWindowName(panes: PaneInfo[]): string {
  const taken = new Set(panes.map((pane) => pane.window_name));
  for (let number = 1;; number++) {
    const name = number === 1 ? "agents" : `agents-${number}`;
    if (!taken.has(name)) return name;
  }
}

function groupByWindow(panes: PaneInfo[]): Map<string, PaneInfo[]> {
  // A window that several sessions show is listed once for each.
  const unique = new Map(panes.map((pane) => [pane.pane_id, pane]));
  return Map.groupBy(unique.values(), (pane) => pane.window_id);
}
