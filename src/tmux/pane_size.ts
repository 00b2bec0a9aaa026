import { makeFields } from "./fields.ts";
import { paneTarget } from "./pane_target.ts";
import { runTmuxOrThrow, type TmuxServer } from "./server.ts";

const SIZE = makeFields({ width: "#{pane_width}", height: "#{pane_height}" });

/** How many columns and rows a pane has. Throws an `environment` error if it is gone. */
export async function paneSize(
  server: TmuxServer,
  paneId: string,
): Promise<{ width: number; height: number }> {
  const line = await runTmuxOrThrow(server, `look at pane ${paneId}`, [
    ...["display-message", "-p", "-t", paneTarget(paneId), SIZE.format],
  ]);
  const field = SIZE.read(line.trimEnd());
  return { width: Number(field("width")), height: Number(field("height")) };
}
