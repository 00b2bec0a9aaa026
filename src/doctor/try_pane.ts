import { paneRequest } from "../lifecycle/launch.ts";
import type { RunPlacement } from "../run/record.ts";
import { VERSION } from "../system/version.ts";
import { delay } from "../system/delay.ts";
import type { PanePlace } from "../tmux/pane_commands.ts";
import {
  listPanes,
  type PaneInfo,
  paneState,
  TRIAL_SESSION,
} from "../tmux/panes.ts";
import { detachRiskOf, placePane } from "../tmux/place_pane.ts";
import { runTmux, type TmuxServer } from "../tmux/server.ts";
import type { FleetContext } from "../workspace/context.ts";
import { existingFolder } from "./existing_folder.ts";
import { type Finding, ok, problem, problemOf, warning } from "./finding.ts";
import { ignored } from "../system/ignore.ts";

const CHECK = "tmux.pane";

/** How often it is looked whether the program in the pane has ended. */
const LOOK_MS = 100;

/** How long the pane's removal may take when the check itself was given up. */
const REMOVAL_MS = 2_000;

/**
 * Starts agentctl in a pane as a run would be started, on the same server with the
 * same settings, but in a session of its own, which is gone afterwards; so is the
 * server if there was none before.
 */
export async function* tryPane(
  context: FleetContext,
  place: RunPlacement,
  server: TmuxServer,
): AsyncGenerator<Finding> {
  const request = paneRequest(context, place, ["--version"]);
  const name = `${TRIAL_SESSION}${crypto.randomUUID().slice(0, 8)}`;
  let before: PaneInfo[] | null;
  let sessions = "";
  let pane: PanePlace;
  try {
    before = await listPanes(server, request);
    const risk = detachRiskOf(before, request);
    if (risk !== null) yield warnOf(risk);
    pane = await placePane(server, {
      ...request,
      folder: await existingFolder(request.folder),
      callerPane: null,
      session: name,
      workspaceKey: name,
    });
  } catch (error) {
    return yield problemOf(
      CHECK,
      error,
      'try "tmux new-session"; check the folder of its sockets (TMUX_TMPDIR, else /tmp), TMUX, and tmux_socket in the settings',
    );
  }
  try {
    if (before === null) sessions = await listSessions(server);
    yield await describePane(server, pane, request.argv);
  } finally {
    const removal = { ...server, signal: AbortSignal.timeout(REMOVAL_MS) };
    await removeSession(removal, name, sessions)
      .catch(ignored("a session of the check stays behind"));
  }
}

/** Our advice follows the last semicolon. */
function warnOf(risk: string): Finding {
  const at = risk.lastIndexOf("; ");
  return warning("tmux.detach", risk.slice(0, at), risk.slice(at + 2));
}

/** Waits for the end of the program in the pane. */
async function describePane(
  server: TmuxServer,
  { pane_id, socket }: PanePlace,
  [program = ""]: readonly string[],
): Promise<Finding> {
  let state = await paneState(server, pane_id);
  for (; state === "alive"; state = await paneState(server, pane_id)) {
    server.signal?.throwIfAborted();
    await delay(LOOK_MS, server.signal);
  }
  if (state === "gone") {
    return problem(
      CHECK,
      "tmux closes a new pane before its program has ended",
      'look for a hook that does so with "tmux show-hooks -g"',
    );
  }
  const { stdout } = await runTmux(server, [
    ...["capture-pane", "-p", "-t", pane_id],
  ]);
  const screen = stdout.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  // tmux may learn the exit code later than the end.
  return screen[0]?.startsWith(`agentctl ${VERSION} `)
    ? ok(CHECK, `agentctl starts in a pane (${socket})`)
    : problem(
      CHECK,
      `agentctl does not start in a pane: ${
        screen.length === 0 ? "it says nothing" : `"${screen.at(-1)}"`
      }`,
      `check that "${program}" can run where the tmux server runs`,
    );
}

/** The sessions of the server, as {@linkcode removeSession} compares them. */
const SESSIONS = "#{S:#{session_id}#{?session_attached,!,} }";

/** Empty if the server is gone. */
async function listSessions(server: TmuxServer): Promise<string> {
  const { stdout } = await runTmux(server, [
    ...["display-message", "-p", SESSIONS],
  ]);
  return stdout.trimEnd();
}

/**
 * Ends the session of the check. A server that was started for it has `sessions`
 * then, which are those of the user's settings: it ends as well, with its socket,
 * unless anything has come since.
 */
async function removeSession(
  server: TmuxServer,
  name: string,
  sessions: string,
): Promise<void> {
  const end = `kill-sessio -t =${name}`;
  await runTmux(server, [
    ...["if-shell", "-F", `#{==:${SESSIONS},${sessions} }`],
    // tmux leaves its socket behind, so this command removes it.
    `run-shel 'PATH="$PATH:/usr/bin:/bin" rm -f -- #{q:socket_path}' ; kill-serve`,
    end,
  ]);
}
