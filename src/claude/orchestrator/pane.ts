import { join } from "@std/path";
import type { FleetContext } from "../../workspace/context.ts";
import { callerServer } from "../../lifecycle/run_server.ts";
import { sameState, workspaceKey } from "../../lifecycle/launch.ts";
import { selfCommand } from "../../system/self_command.ts";
import { runInTerminal } from "../../system/terminal_program.ts";
import {
  markOrchestratorWindow,
  unmarkOrchestratorWindow,
} from "../../tmux/own_window.ts";
import { listPanes, type PaneInfo } from "../../tmux/panes.ts";
import { holdSession } from "../../tmux/own_options.ts";
import {
  isServerMissing,
  runTmux,
  runTmuxOrThrow,
  tmuxArgument,
  unaliased,
} from "../../tmux/server.ts";
import { writeJsonAtomic } from "../../files/atomic_file.ts";
import { ensureState } from "../../workspace/workspace.ts";
import { removeQuietly } from "../../files/remove_quietly.ts";
import { ignore, ignored, instead } from "../../system/ignore.ts";

/** The name of the window that `orch` opens. */
const WINDOW_NAME = "orchestrator";

/**
 * The caller's pane, if the orchestrator may use it: it is alone in its window,
 * apart from workers of an earlier orchestrator, or the window is marked for
 * it. The window becomes the orchestrator's own. With `here` the pane is always
 * used, and a window that holds anything else is left unmarked. `null` outside
 * tmux, or if something else is in the window.
 */
export async function ownPane(
  context: FleetContext,
  here: boolean,
): Promise<string | null> {
  const { env } = context.caller;
  const paneId = env["TMUX"] ? env["TMUX_PANE"] : undefined;
  if (paneId === undefined) return null;
  const server = callerServer(context);
  const panes = await windowOf(context, paneId);
  const own = panes.find((pane) => pane.pane_id === paneId);
  if (!own) return null;
  const others = panes.filter((pane) => pane.pane_id !== paneId);
  const isMarked = own.is_ours && own.orchestrator === paneId;
  const isFree = others.every((pane) => pane.shows_run) &&
    (!own.is_ours || own.orchestrator !== null);
  if (isMarked || isFree) {
    await markOrchestratorWindow(
      server,
      paneId,
      workspaceKey(context.workspace),
    );
    await runTmux(server, [
      "select-pane",
      "-t",
      own.pane_id,
      "-T",
      WINDOW_NAME,
    ]);
    return paneId;
  }
  return here ? paneId : null;
}

/**
 * Gives the pane's window back to the user when the orchestrator has ended, if
 * the window was its own: panes of later runs go elsewhere. Workers already
 * there stay.
 */
export async function leavePane(
  context: FleetContext,
  paneId: string | null,
): Promise<void> {
  if (paneId === null) return;
  // The terminal may be gone by now.
  const panes = await windowOf(context, paneId).catch(
    instead([], "the terminal may be gone by now"),
  );
  const own = panes.find((pane) => pane.pane_id === paneId);
  if (!own?.is_ours || own.orchestrator !== paneId) return;
  const bare = panes.every((pane) => pane.pane_id === paneId);
  await unmarkOrchestratorWindow(callerServer(context), paneId, bare)
    .catch(ignored("the window stays marked"));
}

/** The panes of the window that holds the pane. */
async function windowOf(
  context: FleetContext,
  paneId: string,
): Promise<PaneInfo[]> {
  const panes = await listPanes(callerServer(context), {
    session: context.workspace.config.tmux_session,
    workspaceKey: workspaceKey(context.workspace),
  }) ?? [];
  const own = panes.find((pane) => pane.pane_id === paneId);
  return panes.filter((pane) => pane.window_id === own?.window_id);
}

/**
 * Opens a window for the orchestrator and starts it there: inside tmux in the
 * caller's session, and otherwise in the configured one, which is then attached.
 */
export async function openOrchestratorPane(
  context: FleetContext,
  claudeArgs: readonly string[],
  mcp: boolean,
  say: (text: string) => void,
): Promise<number> {
  const { workspace, caller } = context;
  const server = callerServer(context);
  await ensureState(workspace);
  const envFile = join(workspace.state, `env-${crypto.randomUUID()}.json`);
  await writeJsonAtomic(envFile, caller.env, { durable: false });
  const argv = [
    ...selfCommand().argv,
    "_orch",
    envFile,
    caller.cwd,
    ...sameState(context),
    ...mcp ? ["--mcp"] : [],
    "--",
    ...claudeArgs,
  ].map(tmuxArgument);
  const session = workspace.config.tmux_session;
  const inside = Boolean(caller.env["TMUX"]);
  const found = inside
    ? null
    : await runTmux(server, ["has-session", "-t", `=${session}`]);
  const makes = found !== null && found.code !== 0;
  const open = makes
    ? ["new-session", "-d", "-s", session, ...terminalSize(), "-n", WINDOW_NAME]
    : inside
    ? ["new-window", "-n", WINDOW_NAME]
    : ["new-window", "-t", `=${session}:`, "-n", WINDOW_NAME];
  try {
    await runTmuxOrThrow(server, "open a window for the orchestrator", [
      ...open,
      // A format.
      ...["-c", tmuxArgument(caller.cwd.replaceAll("#", "##"))],
      "--",
      ...argv,
      ...makes ? holdSession(`=${session}:`, isServerMissing(found)) : [],
    ]);
  } catch (error) {
    await removeQuietly(envFile);
    throw error;
  }
  if (inside) return 0;
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    say(
      `The orchestrator runs in tmux session "${session}"; attach to it with "tmux ${
        [...server.socket, "attach", "-t", session].join(" ")
      }"`,
    );
    return 0;
  }
  return await runInTerminal(
    "tmux",
    [...server.socket, ...unaliased(["attach-session", "-t", `=${session}`])],
    { env: server.env },
  );
}

function terminalSize(): string[] {
  try {
    const { columns, rows } = Deno.consoleSize();
    return ["-x", String(columns), "-y", String(rows)];
  } catch (error) {
    ignore(error, "without a terminal, a usual size is as good");
    return ["-x", "220", "-y", "50"];
  }
}
