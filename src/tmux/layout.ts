/** A pane smaller than this is useless for watching. */
const COMFORTABLE_WIDTH = 80;
const COMFORTABLE_HEIGHT = 15;

/** How panes share a window, in tmux's names. */
export type LayoutName = "tiled" | "even-vertical" | "main-vertical";

/**
 * The layout for a window and how many panes it holds with at least 80×15
 * each; at least one, however small the terminal. One row goes to the titles
 * at the top, and panes are separated by one line.
 */
export function windowLayout(
  width: number,
  height: number,
): { layout: LayoutName; capacity: number } {
  if (fits(width, 2, COMFORTABLE_WIDTH)) {
    let capacity = 1;
    for (let panes = 2;; panes++) {
      const { rows, columns } = tiledGrid(panes);
      if (!fits(width, columns, COMFORTABLE_WIDTH)) break;
      // tmux makes the rows equal first, then takes the title's line from the top one.
      if (!fits(height, rows, COMFORTABLE_HEIGHT + 1)) break;
      capacity = panes;
    }
    return { layout: "tiled", capacity };
  }
  let capacity = 1;
  while (fits(height - 1, capacity + 1, COMFORTABLE_HEIGHT)) capacity++;
  return { layout: "even-vertical", capacity };
}

/**
 * How many workers fit on the right half of an orchestrator's window, one
 * above the other; none in a window that is too narrow for two halves.
 */
export function besideCapacity(width: number, height: number): number {
  if (!fits(width, 2, COMFORTABLE_WIDTH)) return 0;
  let capacity = 0;
  while (fits(height - 1, capacity + 1, COMFORTABLE_HEIGHT)) capacity++;
  return capacity;
}

/** The grid that tmux's `tiled` layout makes: rows and columns grow in turn, rows first. */
function tiledGrid(panes: number): { rows: number; columns: number } {
  let rows = 1, columns = 1;
  while (rows * columns < panes) {
    rows++;
    if (rows * columns < panes) columns++;
  }
  return { rows, columns };
}

function fits(space: number, count: number, each: number): boolean {
  return Math.floor((space - (count - 1)) / count) >= each;
}
