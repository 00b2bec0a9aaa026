import { environmentError } from "../system/errors.ts";

/**
 * Checks the id of a pane for tmux, because some texts in its place would act
 * as commands. Throws an `environment` error for anything else.
 */
export function paneTarget(paneId: string): string {
  if (/^%\d{1,9}$/.test(paneId)) return paneId;
  throw environmentError(
    `Cannot use pane ${
      JSON.stringify(paneId)
    }: tmux numbers its panes, as in "%12"`,
  );
}
