import { tmuxEnvironment } from "../../run/environment.ts";
import { instead } from "../../system/ignore.ts";
import { columnsOf } from "../../text/columns_of.ts";
import { wrapText } from "../../text/wrap.ts";
import { paneSize } from "../../tmux/pane_size.ts";
import { tmuxServerAt } from "../../tmux/server.ts";

/** What Claude Code (2.1.332) writes before the reason of a hook; this, for our own MCP tool, is the longest. */
const BEFORE =
  "Hook PreToolUse:mcp__plugin_agentctl_agentctl__answer requires confirmation for this tool:\n";

/** It cuts off a reason after 7 to 12 rows, depending on the height of the terminal, and says how many are hidden in the last one. */
const FEWEST_ROWS = 7;
const MOST_ROWS = 12;

/** From this height on, it shows the most rows. */
const HIGH = 45;

/** What its frame takes of the width, and a little for how it breaks lines. */
const FRAME_COLUMNS = 10;

/** The size that counts where the terminal is unknown. */
const USUAL = { width: 80, height: 24 };

/**
 * Whether a dialog of Claude Code certainly shows the beginning of a reason down to
 * its last character. In tmux the size of the pane counts.
 */
export async function fitsDialog(
  text: string,
  env: Record<string, string>,
): Promise<boolean> {
  const { width, height } = await terminalSize(env);
  const most = height < HIGH ? FEWEST_ROWS : MOST_ROWS;
  return rowsOf(BEFORE + text, width - FRAME_COLUMNS) < most;
}

/** How many rows a text takes, with all of its spaces. */
function rowsOf(text: string, width: number): number {
  const rows = text.split("\n").map((line) =>
    // A row may break before a word as long as the rest of it.
    Math.max(
      1,
      Math.ceil(columnsOf(line) / Math.max(1, width)),
      wrapText(line, width).length,
    )
  );
  return rows.reduce((sum, count) => sum + count, 0);
}

async function terminalSize(env: Record<string, string>) {
  const { TMUX, TMUX_PANE } = env;
  const [socket] = (TMUX ?? "").split(",");
  if (!socket || !TMUX_PANE || !/^%\d+$/.test(TMUX_PANE)) return USUAL;
  const server = tmuxServerAt(socket, tmuxEnvironment(env));
  return await paneSize(server, TMUX_PANE)
    .catch(instead(USUAL, "the pane counts as an ordinary terminal"));
}
