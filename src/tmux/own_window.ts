import { ORCHESTRATOR_MARK, WINDOW_MARK } from "./panes.ts";
import { paneTarget } from "./pane_target.ts";
import { runTmux, tmuxError, type TmuxServer } from "./server.ts";

/** What a window of ours looks like. */
const LOOKS: Record<string, string> = {
  "remain-on-exit-format": "",
  "pane-border-status": "top",
  "pane-border-format": " #{pane_title} ",
};

/** Makes a window that holds nothing of the user's the orchestrator's own, with the orchestrator in `paneId`; workers stack beside it. */
export async function markOrchestratorWindow(
  server: TmuxServer,
  paneId: string,
  workspaceKey: string,
): Promise<void> {
  const pane = paneTarget(paneId);
  const output = await runTmux(server, [
    "set-option",
    "-w",
    "-t",
    pane,
    ORCHESTRATOR_MARK,
    pane,
    ...windowOptions(pane, workspaceKey),
  ]);
  if (output.code !== 0) throw tmuxError("use this window", output);
}

/**
 * Gives the window back: no new workers are added to it. Those already there
 * stay, with their titles above them; with `bare` there are none, and the
 * window gets tmux's default look back.
 */
export async function unmarkOrchestratorWindow(
  server: TmuxServer,
  paneId: string,
  bare: boolean,
): Promise<void> {
  const pane = paneTarget(paneId);
  const names = [
    ORCHESTRATOR_MARK,
    WINDOW_MARK,
    ...bare ? [...Object.keys(LOOKS), "main-pane-width"] : [],
  ];
  for (const name of names) {
    // One at a time, so that an option that an older tmux lacks does not stop the rest.
    await runTmux(server, ["set-option", "-w", "-q", "-u", "-t", pane, name]);
  }
}

/** The tmux commands that mark a window as ours, to follow another command. */
export function windowOptions(target: string, workspaceKey: string): string[] {
  const options = Object.entries({ [WINDOW_MARK]: workspaceKey, ...LOOKS });
  // -q: an option that an older tmux lacks is left out.
  return options.flatMap((
    [name, value],
  ) => [";", "set-option", "-w", "-q", "-t", target, name, value]);
}
