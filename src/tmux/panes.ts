import { environmentError } from "../system/errors.ts";
import { TMUX_VERSIONS, versionWords } from "../system/program_versions.ts";
import { makeFields } from "./fields.ts";
import { paneTarget } from "./pane_target.ts";
import {
  isServerMissing,
  runTmux,
  tmuxArgument,
  tmuxError,
  type TmuxServer,
} from "./server.ts";

/** What tmux knows about a pane. */
export interface PaneInfo {
  pane_id: string;
  window_id: string;
  session_id: string;
  /** Whether the session has the configured name. */
  in_named_session: boolean;
  /** Whether agentctl made the window for the runs of this workspace. */
  is_ours: boolean;
  width: number;
  height: number;
  window_width: number;
  window_height: number;
  /** The orchestrator's pane, if the window was made an orchestrator's own. */
  orchestrator: string | null;
  /** Whether its program has ended. */
  dead: boolean;
  /** Whether it shows a run. */
  shows_run: boolean;
  /** Whether its session ends when nobody is attached to it. */
  session_ends: boolean;
  /** Whether the server ends when nobody is attached to it. */
  server_ends: boolean;
  /** Whether its session is one that doctor makes and removes. */
  in_trial: boolean;
  /** When its session was made, in seconds since 1970. */
  session_created: number;
  window_name: string;
}

/** What the names of the sessions begin with in which doctor tries what a start does. */
export const TRIAL_SESSION = "agentctl-doctor-";

/** The user option that marks a window as ours; its value is the workspace's key. */
export const WINDOW_MARK = "@agentctl_workspace";

/** The user option that makes a window an orchestrator's own; its value is the orchestrator's pane. */
export const ORCHESTRATOR_MARK = "@agentctl_orchestrator";

/** The user option that says which run a pane shows. */
const RUN_MARK = "@agentctl_run";

/** What is asked about each pane; the name, the only free text, comes last. */
function paneFields(names: { session: string; workspaceKey: string }) {
  return makeFields<keyof PaneInfo>({
    pane_id: "#{pane_id}",
    window_id: "#{window_id}",
    session_id: "#{session_id}",
    in_named_session: `#{==:#{session_name},${names.session}}`,
    is_ours: `#{==:#{${WINDOW_MARK}},${names.workspaceKey}}`,
    width: "#{pane_width}",
    height: "#{pane_height}",
    window_width: "#{window_width}",
    window_height: "#{window_height}",
    dead: "#{pane_dead}",
    orchestrator: `#{?${ORCHESTRATOR_MARK},#{${ORCHESTRATOR_MARK}},-}`,
    shows_run: `#{?${RUN_MARK},1,0}`,
    // A session without a group, which ours are in, is kept by "keep-last".
    session_ends: "#{m/r:^(1|on|keep-group)$,#{destroy-unattached}}",
    server_ends: "#{exit-unattached}",
    in_trial: `#{m:${TRIAL_SESSION}*,#{session_name}}`,
    session_created: "#{session_created}",
    window_name: "#{window_name}",
  });
}

/** All panes of a server; `null` if it is not running. */
export async function listPanes(
  server: TmuxServer,
  names: { session: string; workspaceKey: string },
): Promise<PaneInfo[] | null> {
  const { format, read } = paneFields(names);
  const output = await runTmux(server, ["list-panes", "-a", "-F", format]);
  if (isServerMissing(output)) return null;
  if (output.code !== 0) throw tmuxError("list panes", output);
  return output.stdout.split("\n").filter((line) => line !== "")
    .map((line) => paneOf(line, read(line)));
}

function paneOf(
  line: string,
  text: (name: keyof PaneInfo) => string,
): PaneInfo {
  const is = (name: keyof PaneInfo) => text(name) === "1";
  const number = (name: keyof PaneInfo) => Number(text(name));
  if (
    !text("pane_id").startsWith("%") || !text("window_id").startsWith("@") ||
    text("session_id") === ""
  ) {
    throw environmentError(
      `Cannot list panes: tmux printed "${line}"; agentctl needs tmux ${
        versionWords(TMUX_VERSIONS.oldest)
      } or later`,
    );
  }
  const orchestrator = text("orchestrator");
  return {
    pane_id: text("pane_id"),
    window_id: text("window_id"),
    session_id: text("session_id"),
    in_named_session: is("in_named_session"),
    is_ours: is("is_ours"),
    width: number("width"),
    height: number("height"),
    window_width: number("window_width"),
    window_height: number("window_height"),
    dead: is("dead"),
    orchestrator: orchestrator === "-" ? null : orchestrator,
    shows_run: is("shows_run"),
    session_ends: is("session_ends"),
    server_ends: is("server_ends"),
    in_trial: is("in_trial"),
    session_created: number("session_created"),
    window_name: text("window_name"),
  };
}

/** Whether a pane's program is running or has ended, or the pane (or the whole server) is gone. */
export async function paneState(
  server: TmuxServer,
  paneId: string,
): Promise<"alive" | "dead" | "gone"> {
  const output = await runTmux(server, [
    "list-panes",
    "-a",
    "-F",
    "#{pane_id} #{pane_dead}",
  ]);
  if (output.code !== 0) {
    if (isServerMissing(output)) return "gone";
    throw tmuxError(`look at pane ${paneId}`, output);
  }
  const line = output.stdout.split("\n").find((line) =>
    line.startsWith(`${paneId} `)
  );
  if (line === undefined) return "gone";
  return line.endsWith(" 1") ? "dead" : "alive";
}

/** Notes in a pane which run it shows, and makes it stay for reading when its program ends. */
export async function markPane(
  server: TmuxServer,
  paneId: string,
  runId: string,
): Promise<void> {
  const set = ["set-option", "-p", "-t", paneTarget(paneId)];
  await runTmux(server, [
    ...set,
    RUN_MARK,
    tmuxArgument(runId),
    ";",
    ...set,
    "remain-on-exit",
    "on",
  ]);
}

/**
 * Closes a pane if it still shows that run and its program has ended. The caller
 * must hold the workspace's layout lock: without it the pane could be reused
 * between the check and the closing.
 */
export async function closeFinishedPane(
  server: TmuxServer,
  paneId: string,
  runId: string,
): Promise<void> {
  const pane = ["-t", paneTarget(paneId)];
  const { code, stdout } = await runTmux(server, [
    ...["display-message", "-p", ...pane],
    `#{pane_id} #{pane_dead} #{${RUN_MARK}}`,
  ]);
  // For a pane that is gone, some versions answer about another one.
  if (code !== 0 || stdout.trimEnd() !== `${paneId} 1 ${runId}`) return;
  await runTmux(server, ["kill-pane", ...pane]);
}

/** A doctor takes much less time, however busy the machine is. */
const TRIAL_SECONDS = 300;

/** Ends the sessions of doctors that were killed. */
export async function endOldTrials(
  server: TmuxServer,
  panes: readonly PaneInfo[],
): Promise<void> {
  const before = Date.now() / 1000 - TRIAL_SECONDS;
  const old = panes.filter(({ in_trial, session_created }) =>
    in_trial && session_created < before
  );
  for (const id of new Set(old.map(({ session_id }) => session_id))) {
    await runTmux(server, ["kill-session", "-t", tmuxArgument(id)]);
  }
}
