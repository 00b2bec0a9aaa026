import { besideCapacity, windowLayout } from "./layout.ts";
import { windowOptions } from "./own_window.ts";
import { listPanes, type PaneInfo } from "./panes.ts";
import {
  isServerMissing,
  runTmux,
  tmuxArgument,
  tmuxError,
  type TmuxServer,
} from "./server.ts";

/** What a pane is needed for. */
export interface PaneRequest {
  /** The program and its arguments; at least two words, so that tmux uses no shell. */
  argv: string[];
  /** Where the program starts: a folder that stays. */
  folder: string;
  /** Variables for the program that the server may lack. */
  env: Record<string, string>;
  /** The caller's own pane; new windows go to its session. */
  callerPane: string | null;
  /** The session to use, or make, if the caller is outside tmux. */
  session: string;
  /** A short word without spaces that distinguishes this workspace's windows from others. */
  workspaceKey: string;
}

/** Where a worker's pane is. */
export interface PanePlace {
  pane_id: string;
  window_id: string;
  session: string;
  socket: string;
}

/** The size of a session to which nobody has attached yet. */
const DETACHED_WIDTH = 220;
const DETACHED_HEIGHT = 50;

/**
 * Makes a pane for a worker and starts its program there. It reuses a finished
 * pane, or else splits one of our windows that has room, or else makes a new
 * window. It never touches the user's windows or moves the focus.
 *
 * The caller must hold the workspace's layout lock. Throws an `environment` error
 * with tmux's words if it cannot make a pane.
 */
export async function placePane(
  server: TmuxServer,
  request: PaneRequest,
): Promise<PanePlace> {
  const panes = await listPanes(server, request);
  const callerWindow = panes.find((pane) => pane.pane_id === request.callerPane)
    ?.window_id;
  // Only an orchestrator's own workers, which it started itself, go beside it.
  const ours = panes.filter((pane) =>
    pane.is_ours && pane.pane_id !== pane.orchestrator &&
    (pane.orchestrator === null || pane.window_id === callerWindow)
  );
  const finished = ours.find((pane) => pane.dead);
  if (finished) {
    const place = await tryPlace(
      server,
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
    const place = await tryPlace(server, [
      ...start("split-window", ["-d", "-t", largest.pane_id], request),
      ";",
      "select-layout",
      "-t",
      windowId,
      layout,
    ]);
    if (place) return place;
  }
  return await placeInNewWindow(server, panes, request);
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
  return await tryPlace(server, [
    ...start("split-window", ["-d", ...target], request),
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

async function placeInNewWindow(
  server: TmuxServer,
  panes: PaneInfo[],
  request: PaneRequest,
): Promise<PanePlace> {
  const session =
    panes.find((pane) => pane.pane_id === request.callerPane)?.session_id ??
      panes.find((pane) => pane.in_named_session)?.session_id;
  const name = freeWindowName(
    panes.filter((pane) => pane.session_id === session),
  );
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
      ...markWindow(`=${request.session}:=${name}`, request),
    ]
    : [
      ...start("new-window", ["-d", "-t", `${session}:`, "-n", name], request),
      ...markWindow(`${session}:=${name}`, request),
    ];
  const output = await runTmux(server, args);
  const place = parsePlace(output.stdout);
  if (place) return place;
  // Another workspace made the session first.
  if (session === undefined && /duplicate session/.test(output.stderr)) {
    return await placePane(server, request);
  }
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
  args: string[],
  knownPane?: string,
): Promise<PanePlace | null> {
  const output = await runTmux(server, args);
  const place = parsePlace(output.stdout);
  if (place) return place;
  if (isServerMissing(output)) throw tmuxError("make a pane", output);
  const passing = /no space for new pane|can't find (pane|window)|still active/
    .test(output.stderr);
  if (passing) return null;
  throw tmuxError(
    knownPane ? `use pane ${knownPane} again` : "make a pane",
    output,
  );
}

const PLACE_FORMAT = "#{pane_id} #{window_id} #{session_name} #{socket_path}";

function start(
  command: string,
  options: string[],
  request: PaneRequest,
): string[] {
  return [command, ...options, "-P", "-F", PLACE_FORMAT, ...program(request)];
}

function reuse(pane: PaneInfo, request: PaneRequest): string[] {
  return [
    "respawn-pane",
    "-t",
    pane.pane_id,
    ...program(request),
    ";",
    "display-message",
    "-p",
    "-t",
    pane.pane_id,
    PLACE_FORMAT,
  ];
}

function program(request: PaneRequest): string[] {
  const env = Object.entries(request.env).flatMap(([name, value]) => [
    "-e",
    tmuxArgument(`${name}=${value}`),
  ]);
  // Otherwise a pane starts in its window's original folder, which may be gone.
  // tmux expands formats in it.
  const folder = ["-c", tmuxArgument(request.folder.replaceAll("#", "##"))];
  return [...folder, ...env, "--", ...request.argv.map(tmuxArgument)];
}

/** Makes the window ours: finished panes stay, and each pane has its title above it. */
function markWindow(target: string, request: PaneRequest): string[] {
  return [
    ...windowOptions(target, request.workspaceKey),
    ";",
    "set-option",
    "-w",
    "-t",
    target,
    "remain-on-exit",
    "on",
  ];
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

function parsePlace(stdout: string): PanePlace | null {
  const match = /^(%\d+) (@\d+) (.*) (\/.*)$/m.exec(stdout);
  if (!match) return null;
  const [, pane_id = "", window_id = "", session = "", socket = ""] = match;
  return { pane_id, window_id, session, socket };
}
