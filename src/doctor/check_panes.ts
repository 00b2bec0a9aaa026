import { WINDOW_MARK } from "../tmux/panes.ts";
import { isServerMissing, runTmux, type TmuxServer } from "../tmux/server.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { plural } from "../text/wording.ts";

/** A few finished panes are kept for reading; more than this would get in the way. */
const MANY_PANES = 20;

/** Checks the server that new panes go to, and the panes there whose runs have ended. */
export async function* checkPanes(server: TmuxServer): AsyncGenerator<Finding> {
  const output = await runTmux(server, [
    ...["list-panes", "-a"],
    ...["-F", `#{pane_id} #{pane_dead} #{${WINDOW_MARK}}`],
  ]);
  if (isServerMissing(output)) {
    return yield ok(
      "tmux.panes",
      "No tmux server is running; the first run starts one",
    );
  }
  if (output.code !== 0) {
    const said = output.stderr.trim() || `exit code ${output.code}`;
    return yield problem(
      "tmux.panes",
      `tmux cannot list its panes: "${said}"`,
      "correct TMUX, or tmux_socket in the settings",
    );
  }
  // A window that several sessions show is listed once for each.
  const finished = new Set(
    output.stdout.split("\n").filter((line) => /^%\d+ 1 \S/.test(line)),
  ).size;
  const message = finished === 0
    ? "No panes of ended runs are left"
    : `${
      plural(finished, "pane")
    } of ended runs, kept for reading until new runs use them`;
  yield finished <= MANY_PANES ? ok("tmux.panes", message) : warning(
    "tmux.panes",
    message,
    'close their windows, or remove old runs with "agentctl clean"',
  );
}
