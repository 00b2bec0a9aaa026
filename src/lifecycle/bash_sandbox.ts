import { dirname } from "@std/path";
import { infoAt } from "../files/exists.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { AgentctlError, environmentError } from "../system/errors.ts";
import { ignore } from "../system/ignore.ts";
import { runTmux } from "../tmux/server.ts";
import type { FleetContext } from "../workspace/context.ts";
import { callerServer } from "./run_server.ts";

/** What to do in the sandbox of Claude Code's Bash tool. */
export const SANDBOX_REMEDY =
  'use the MCP tools of agentctl, which "agentctl orch" and "agentctl claude install --mcp" provide, or, for what has no tool, a terminal of your own';

/** What its sandbox does. */
export const SANDBOX_FAULT =
  "the Bash sandbox of Claude Code keeps agentctl from tmux or from its state";

/**
 * Whether this process is in the sandbox of Claude Code's Bash tool, which
 * says so in its environment (2.1.197, 2.1.332), and cannot reach tmux or write
 * the state: settings may let it. Without the permission to write, only tmux is tried.
 */
export async function isHeldInSandbox(context: FleetContext): Promise<boolean> {
  if (!context.caller.env["SANDBOX_RUNTIME"]) return false;
  return !await canWrite(context.workspace.state) || !await hasSockets(context);
}

/** Throws an `environment` error in a sandbox in which the action cannot succeed. */
export async function refuseInSandbox(
  context: FleetContext,
  action: string,
): Promise<void> {
  if (!await isHeldInSandbox(context)) return;
  throw environmentError(
    `Cannot ${action}: ${SANDBOX_FAULT}; ${SANDBOX_REMEDY}`,
  );
}

async function canWrite(state: string): Promise<boolean> {
  const { state: permission } = await Deno.permissions.query({
    name: "write",
    path: state,
  });
  if (permission !== "granted") return true;
  let folder = state;
  while (await infoAt(folder) === null && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  try {
    await removeQuietly(await Deno.makeTempFile({ dir: folder }));
    return true;
  } catch (error) {
    ignore(error, "the state cannot be written in the sandbox");
    return false;
  }
}

/** The sandbox forbids all sockets; a server that is not there is no obstacle. */
async function hasSockets(context: FleetContext): Promise<boolean> {
  try {
    const { stderr } = await runTmux(callerServer(context), ["list-sessions"]);
    return !stderr.includes("Operation not permitted");
  } catch (error) {
    if (!(error instanceof AgentctlError)) throw error;
    ignore(error, "what is wrong with tmux is told by what needs it");
    return true;
  }
}
