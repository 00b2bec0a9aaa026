import { join } from "@std/path";
import { callerServer, type FleetContext } from "../fleet/context.ts";
import { workspaceKey } from "../fleet/launch.ts";
import { selfCommand } from "../system/self_command.ts";
import { spawnError } from "../system/command.ts";
import { markOrchestratorWindow } from "../tmux/place_pane.ts";
import { listPanes } from "../tmux/panes.ts";
import {
  runTmux,
  runTmuxOrThrow,
  tmuxArgument,
  type TmuxServer,
} from "../tmux/server.ts";
import { writeJsonAtomic } from "../workspace/atomic_file.ts";
import { ensureWorkspace } from "../workspace/workspace.ts";

/** The name of the window that `orch` opens. */
const WINDOW_NAME = "orchestrator";

/**
 * The caller's pane, if the orchestrator may live in it: it is alone in its
 * window, which becomes the orchestrator's own. With `here`, in any case, and
 * a window with more in it is left as it is. `null` outside tmux or where
 * something else is in the window.
 */
export async function ownPane(
  context: FleetContext,
  here: boolean,
): Promise<string | null> {
  const { env } = context.caller;
  const paneId = env["TMUX"] ? env["TMUX_PANE"] : undefined;
  if (paneId === undefined) return null;
  const server = callerServer(context);
  const panes = await listPanes(server, {
    session: context.workspace.config.tmux_session,
    workspaceKey: workspaceKey(context.workspace),
  });
  const own = panes.find((pane) => pane.pane_id === paneId);
  if (!own) return null;
  const alone = panes.filter((pane) => pane.window_id === own.window_id)
    .every((pane) => pane.pane_id === paneId);
  if (alone && (!own.is_ours || own.orchestrator !== null)) {
    await markOrchestratorWindow(
      server,
      paneId,
      workspaceKey(context.workspace),
    );
    await runTmux(server, ["select-pane", "-t", paneId, "-T", WINDOW_NAME]);
    return paneId;
  }
  return here ? paneId : null;
}

/**
 * Opens a window for the orchestrator and starts it there: inside tmux in the
 * caller's session, else in the configured one, which is then attached.
 */
export async function openOrchestratorPane(
  context: FleetContext,
  claudeArgs: readonly string[],
  mcp: boolean,
  say: (text: string) => void,
): Promise<number> {
  const { workspace, caller } = context;
  const server = callerServer(context);
  await ensureWorkspace(workspace.root);
  const envFile = join(workspace.root, `env-${crypto.randomUUID()}.json`);
  await writeJsonAtomic(envFile, caller.env, { durable: false });
  const argv = [
    ...selfCommand().argv,
    "_orch",
    envFile,
    caller.cwd,
    "--workspace",
    workspace.root,
    ...mcp ? ["--mcp"] : [],
    "--",
    ...claudeArgs,
  ].map(tmuxArgument);
  const session = workspace.config.tmux_session;
  const inside = Boolean(caller.env["TMUX"]);
  const exists = inside ||
    (await runTmux(server, ["has-session", "-t", `=${session}`])).code === 0;
  const open = !exists
    ? ["new-session", "-d", "-s", session, ...terminalSize(), "-n", WINDOW_NAME]
    : inside
    ? ["new-window", "-n", WINDOW_NAME]
    : ["new-window", "-t", `=${session}:`, "-n", WINDOW_NAME];
  try {
    await runTmuxOrThrow(server, "open a window for the orchestrator", [
      ...open,
      "--",
      ...argv,
    ]);
  } catch (error) {
    await Deno.remove(envFile).catch(() => {});
    throw error;
  }
  if (inside) return 0;
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    say(
      `The orchestrator runs in tmux session "${session}"; look at it with "tmux ${
        [...server.socket, "attach", "-t", session].join(" ")
      }"`,
    );
    return 0;
  }
  return await attach(server, session);
}

function terminalSize(): string[] {
  try {
    const { columns, rows } = Deno.consoleSize();
    return ["-x", String(columns), "-y", String(rows)];
  } catch {
    return ["-x", "220", "-y", "50"];
  }
}

async function attach(server: TmuxServer, session: string): Promise<number> {
  try {
    const child = new Deno.Command("tmux", {
      args: [...server.socket, "attach-session", "-t", `=${session}`],
      env: server.env,
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    return (await child.status).code;
  } catch (error) {
    throw spawnError("tmux", error);
  }
}
