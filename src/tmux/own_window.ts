import { setOptions, WINDOW_OPTIONS } from "./own_options.ts";
import { ORCHESTRATOR_MARK, WINDOW_MARK } from "./panes.ts";
import { paneTarget } from "./pane_target.ts";
import { runTmux, tmuxError, type TmuxServer } from "./server.ts";

/** Makes a window that holds nothing of the user's the orchestrator's own, in `paneId`; workers stack beside it. */
export async function markOrchestratorWindow(
  server: TmuxServer,
  paneId: string,
  workspaceKey: string,
): Promise<void> {
  const pane = paneTarget(paneId);
  const output = await runTmux(server, [
    // The pane itself ends as the user has it set, unlike the workers beside it.
    ...["set-option", "-q", "-p", "-F", "-t", pane],
    ...["remain-on-exit", "#{remain-on-exit}", ";"],
    ...["set-option", "-w", "-t", pane, ORCHESTRATOR_MARK, pane],
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
    ...bare ? [...Object.keys(WINDOW_OPTIONS), "main-pane-width"] : [],
  ];
  const unset = (where: string, name: string) => [
    // -q: an option that an older tmux lacks stops nothing.
    ...["set-option", where, "-q", "-u", "-t", pane, name, ";"],
  ];
  await runTmux(server, [
    ...bare ? unset("-p", "remain-on-exit") : [],
    ...names.flatMap((name) => unset("-w", name)),
  ]);
}

/** The tmux commands that mark a window as ours and hold its options, to follow another command. */
export function windowOptions(target: string, workspaceKey: string): string[] {
  const where = ["-w", "-t", target];
  return [
    // Alone says if the window is not there.
    ...setOptions(where, { [WINDOW_MARK]: workspaceKey }),
    // -q: an option that an older tmux lacks is left out.
    ...setOptions(["-q", ...where], WINDOW_OPTIONS),
  ];
}
