import type { CommandOutput } from "../system/command.ts";
import { environmentError } from "../system/errors.ts";
import { windowOptions } from "./own_window.ts";
import type { PaneInfo } from "./panes.ts";
import { runTmux, tmuxArgument, type TmuxServer } from "./server.ts";

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

/**
 * The place, with its window's options held even if a hook of the user's has
 * renamed the window. Throws an `environment` error if one has closed it.
 */
export async function held(
  server: TmuxServer,
  { workspaceKey }: PaneRequest,
  place: PanePlace,
  { code }: CommandOutput,
): Promise<PanePlace> {
  if (code === 0) return place;
  const pane = ["-t", place.pane_id];
  const { stdout } = await runTmux(server, [
    ...["display-message", "-p", ...pane, "#{pane_id}"],
    ...windowOptions(place.window_id, workspaceKey),
  ]);
  if (stdout.trim() === place.pane_id) return place;
  throw environmentError(
    'Cannot make a pane: tmux closed it at once; look for a hook that does so with "tmux show-hooks -g"',
  );
}

const PLACE_FORMAT = "#{pane_id} #{window_id} #{session_name} #{socket_path}";

/** The tmux command that makes a pane and prints its place; `command` is `new-session`, `new-window` or `split-window`. */
export function start(
  command: string,
  options: string[],
  request: PaneRequest,
): string[] {
  return [command, ...options, "-P", "-F", PLACE_FORMAT, ...program(request)];
}

/** The tmux commands that start a program in a finished pane. */
export function reuse(pane: PaneInfo, request: PaneRequest): string[] {
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
    ...windowOptions(pane.window_id, request.workspaceKey),
  ];
}

function program(request: PaneRequest): string[] {
  const env = Object.entries(request.env).flatMap(([name, value]) => [
    "-e",
    tmuxArgument(`${name}=${value}`),
  ]);
  // Otherwise a pane starts in its window's first folder, which may be gone.
  // tmux expands formats in it.
  const folder = ["-c", tmuxArgument(request.folder.replaceAll("#", "##"))];
  return [...folder, ...env, "--", ...request.argv.map(tmuxArgument)];
}

/** Reads what the commands print; `null` if they made no pane. */
export function parsePlace(stdout: string): PanePlace | null {
  const match = /^(%\d+) (@\d+) (.*) (\/.*)$/m.exec(stdout);
  if (!match) return null;
  const [, pane_id = "", window_id = "", session = "", socket = ""] = match;
  return { pane_id, window_id, session, socket };
}
