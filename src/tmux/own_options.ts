/**
 * What must be so on windows of ours, whatever the user's settings say: see
 * docs/tmux.md. An empty hook does nothing.
 */
export const WINDOW_OPTIONS: Record<string, string> = {
  // A finished pane stays for reading, without a word of tmux in it.
  "remain-on-exit": "on",
  "remain-on-exit-format": "",
  "pane-border-status": "top",
  "pane-border-format": " #{pane_title} ",
  "allow-set-title": "on",
  // What is typed into one pane reaches that pane alone.
  "synchronize-panes": "off",
  // Workers are active all the time.
  "monitor-activity": "off",
  // The sizes from which it is computed how many panes a window holds.
  "tiled-layout-max-columns": "0",
  "other-pane-width": "0",
  // Hooks that agentctl sets off, and that could close, revive, rename or arrange its panes.
  "pane-died": "",
  "pane-exited": "",
  "pane-activity": "",
  "pane-resized": "",
  "pane-title-changed": "",
  "window-layout-changed": "",
};

/** What must be so on a session of ours: it lives without a client. */
export const SESSION_OPTIONS: Record<string, string> = {
  "destroy-unattached": "off",
};

/** What must be so on a server that our own call starts, and is never set on another: it lives without a client. */
export const SERVER_OPTIONS: Record<string, string> = {
  "exit-unattached": "off",
};

/** The tmux commands that set options, to follow another command. */
export function setOptions(
  where: readonly string[],
  options: Record<string, string>,
): string[] {
  return Object.entries(options).flatMap((
    [name, value],
  ) => [";", "set-option", ...where, name, value]);
}

/** The tmux commands that hold the options of a session that was just made, and of its server if it was just started. */
export function holdSession(target: string, startsServer: boolean): string[] {
  return [
    ...setOptions(["-t", target], SESSION_OPTIONS),
    ...startsServer ? setOptions(["-s"], SERVER_OPTIONS) : [],
  ];
}
