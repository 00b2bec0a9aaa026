import { paneTarget } from "./pane_target.ts";
import {
  isServerMissing,
  runTmux,
  tmuxError,
  type TmuxServer,
} from "./server.ts";

/** What a pane shows, and whether what is typed there reaches its program alone. */
export interface PaneScreen {
  /** The process that tmux has started in the pane. */
  pid: number;
  /** Where the cursor is, counted from 0. */
  cursor: { x: number; y: number };
  /** No copy mode or menu of tmux is in between, input is on, and no other pane gets the same keys. */
  takesKeys: boolean;
  /** The visible lines, with the escape sequences of colours and attributes. */
  text: string;
}

/** Reads what a pane shows at one moment; `null` if it is gone or its program has ended. */
export async function readScreen(
  server: TmuxServer,
  paneId: string,
): Promise<PaneScreen | null> {
  const fields =
    "#{pane_id} #{pane_pid} #{cursor_x} #{cursor_y} #{pane_dead} #{pane_in_mode} #{pane_input_off} #{pane_synchronized}";
  const output = await runTmux(server, [
    ...["display-message", "-p", "-t", paneTarget(paneId), fields, ";"],
    ...["capture-pane", "-p", "-e", "-t", paneTarget(paneId)],
  ]);
  if (isServerMissing(output) || /can't find pane/.test(output.stderr)) {
    return null;
  }
  if (output.code !== 0) throw tmuxError(`look at pane ${paneId}`, output);
  const end = output.stdout.indexOf("\n");
  const [id, pid, x, y, dead, ...flags] = output.stdout.slice(0, end).split(
    " ",
  );
  if (id !== paneId || dead !== "0") return null;
  return {
    pid: Number(pid),
    cursor: { x: Number(x), y: Number(y) },
    takesKeys: flags.every((flag) => flag === "0"),
    text: output.stdout.slice(end + 1),
  };
}

/**
 * Pastes a line into a pane, as one piece where its program knows bracketed
 * paste, so that nothing in it is taken for a key.
 */
export async function pasteText(
  server: TmuxServer,
  paneId: string,
  text: string,
): Promise<void> {
  const buffer = ["-b", `agentctl-${crypto.randomUUID()}`];
  const loaded = await runTmux(server, ["load-buffer", ...buffer, "-"], text);
  if (loaded.code !== 0) throw tmuxError(`type into pane ${paneId}`, loaded);
  const pasted = await runTmux(server, [
    ...["paste-buffer", "-p", "-r", "-d", ...buffer, "-t", paneTarget(paneId)],
  ]);
  if (pasted.code === 0) return;
  await runTmux(server, ["delete-buffer", ...buffer]);
  throw tmuxError(`type into pane ${paneId}`, pasted);
}

/** Presses Enter in a pane if its cursor is still there and no mode of tmux has begun; tmux looks and presses in one. */
export async function pressEnter(
  server: TmuxServer,
  paneId: string,
  { x, y }: PaneScreen["cursor"],
): Promise<void> {
  // In a command of tmux nothing may stand but its number.
  const pane = paneTarget(paneId);
  const place = `#{&&:#{==:#{cursor_x},${x}},#{==:#{cursor_y},${y}}}`;
  await runTmux(server, [
    "if-shell",
    "-F",
    "-t",
    pane,
    `#{&&:${place},#{==:#{pane_in_mode},0}}`,
    `send-keys -t ${pane} Enter`,
  ]);
}
