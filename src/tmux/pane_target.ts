import { environmentError } from "../system/errors.ts";

/**
 * The id of a pane for tmux, to which nothing else may come in its place: some
 * words of tmux are commands. Throws an `environment` error for anything else.
 */
export function paneTarget(paneId: string): string {
  if (/^%\d{1,9}$/.test(paneId)) return paneId;
  throw environmentError(
    `Cannot use pane ${
      JSON.stringify(paneId)
    }: tmux numbers its panes, as in "%12"`,
  );
}
