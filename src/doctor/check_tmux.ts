import { placementOf, serverAt } from "../lifecycle/launch.ts";
import { tmuxEnvironment } from "../run/environment.ts";
import { TMUX_VERSIONS } from "../system/program_versions.ts";
import { askVersion } from "./ask_version.ts";
import { checkPanes } from "./check_panes.ts";
import type { Examination } from "./examination.ts";
import { type Finding, problemOf } from "./finding.ts";
import { tryPane } from "./try_pane.ts";

/** Checks tmux, the server that new panes go to, and that a pane comes alive there. */
export async function* checkTmux(
  { caller, signal, open }: Examination,
): AsyncGenerator<Finding> {
  const version = await askVersion({
    program: "tmux",
    argument: "-V",
    oldest: TMUX_VERSIONS.oldest,
    lack: "cannot give a session variables of its own (new-session -e)",
    env: tmuxEnvironment(caller.env),
    signal,
  });
  yield version;
  if (version.state !== "ok") return;
  const { workspace } = await open();
  const context = { workspace, caller };
  let place;
  try {
    place = placementOf(caller);
  } catch (error) {
    return yield problemOf("tmux.panes", error, "correct TMUX");
  }
  const server = { ...serverAt(context, place), signal };
  yield* checkPanes(server);
  yield* tryPane(context, place, server);
}
