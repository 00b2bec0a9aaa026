import type { FleetContext } from "../../src/workspace/context.ts";
import { parseNotice } from "../../src/lifecycle/notify_log.ts";
import { parseRunId, type RunId } from "../../src/run/id.ts";
import type { RunPane, RunRecord } from "../../src/run/record.ts";
import { type RunFiles, runFiles, writeRecord } from "../../src/run/store.ts";
import { makeRunFolder } from "../run/run_folder.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { type TmuxStage, tmuxStage } from "../tmux/stage.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";

/** A workspace with runs that no supervisor ever saw. */
export interface FleetStage extends AsyncDisposable {
  context: FleetContext;
  tmux: TmuxStage;
  /** Makes a run whose record says this. */
  addRun(record: RunRecord): Promise<{ id: RunId; files: RunFiles }>;
  /** A pane as a record names it; `%0` is one that lives, if the tmux of the stage runs. */
  pane(paneId: string): RunPane;
  /** The ids in `notify.log`, in order. */
  noticed(): Promise<string[]>;
}

/** Makes a stage; `size` is that of a tmux session, without which no server runs. */
export async function fleetStage(
  size?: [width: number, height: number],
): Promise<FleetStage> {
  const tmux = await tmuxStage({ size });
  const workspace = await makeWorkspace(tmux.folder);
  const context: FleetContext = {
    workspace,
    caller: { cwd: tmux.folder, env: tmux.server.env },
  };
  return {
    context,
    tmux,
    async addRun(record) {
      const id = parseRunId(record.run_id);
      await makeRunFolder(workspace, id);
      const files = runFiles(workspace, id);
      await Deno.mkdir(files.requests);
      await Deno.writeTextFile(files.env, "{}");
      await writeRecord(workspace, record);
      return { id, files };
    },
    pane: (pane_id) => ({
      socket: tmux.tmux.socket,
      session: "main",
      window_id: "@0",
      pane_id,
    }),
    async noticed() {
      const path = workspacePaths.notifyLog(workspace);
      const text = await Deno.readTextFile(path).catch(() => "");
      return text.split("\n").slice(0, -1).map((line) =>
        parseNotice(line)?.run_id ?? "damaged"
      );
    },
    [Symbol.asyncDispose]: () => tmux[Symbol.asyncDispose](),
  };
}
