import { makeFields } from "./fields.ts";
import { paneTarget } from "./pane_target.ts";
import {
  isServerMissing,
  runTmux,
  tmuxError,
  type TmuxServer,
} from "./server.ts";

/** What a pane shows, and whether keys typed there reach only its program. */
export interface PaneScreen {
  /** The process that tmux started in the pane. */
  pid: number;
  /** Where the cursor is, counted from 0. */
  cursor: { x: number; y: number };
  /** Whether no copy mode or menu of tmux intervenes, input is on, and no other pane gets the same keys. */
  takesKeys: boolean;
  /** The visible lines, with the escape sequences of colours and attributes. */
  text: string;
}

const SCREEN = makeFields({
  id: "#{pane_id}",
  pid: "#{pane_pid}",
  x: "#{cursor_x}",
  y: "#{cursor_y}",
  dead: "#{pane_dead}",
  mode: "#{pane_in_mode}",
  input_off: "#{pane_input_off}",
  synchronized: "#{pane_synchronized}",
});

/** Reads what a pane shows at one moment; `null` if it is gone or its program has ended. */
export async function readScreen(
  server: TmuxServer,
  paneId: string,
): Promise<PaneScreen | null> {
  const output = await runTmux(server, [
    ...["display-message", "-p", "-t", paneTarget(paneId), SCREEN.format, ";"],
    ...["capture-pane", "-p", "-e", "-t", paneTarget(paneId)],
  ]);
  if (isServerMissing(output) || /can't find pane/.test(output.stderr)) {
    return null;
  }
  if (output.code !== 0) throw tmuxError(`look at pane ${paneId}`, output);
  const end = output.stdout.indexOf("\n");
  const field = SCREEN.read(output.stdout.slice(0, end));
  if (field("id") !== paneId || field("dead") !== "0") return null;
  return {
    pid: Number(field("pid")),
    cursor: { x: Number(field("x")), y: Number(field("y")) },
    takesKeys: field("mode") === "0" && field("input_off") === "0" &&
      field("synchronized") === "0",
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

/** Presses Enter in a pane if its cursor is still there and no mode of tmux has begun; tmux checks and presses in one step. */
export async function pressEnter(
  server: TmuxServer,
  paneId: string,
  { x, y }: PaneScreen["cursor"],
): Promise<void> {
  // A tmux command may contain only its number.
  const pane = paneTarget(paneId);
  const place = `#{&&:#{==:#{cursor_x},${x}},#{==:#{cursor_y},${y}}}`;
  await runTmux(server, [
    "if-shell",
    "-F",
    "-t",
    pane,
    `#{&&:${place},#{==:#{pane_in_mode},0}}`,
    // A short name, as in runTmux().
    `send-key -t ${pane} Enter`,
  ]);
}
