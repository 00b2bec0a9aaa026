import { join } from "@std/path";
import { entriesIfReadable } from "../files/entries_in.ts";
import { exists } from "../files/exists.ts";
import { isRunId, type RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { seenBySessions } from "../run/seen.ts";
import { runFiles } from "../run/store.ts";
import { selfCommand } from "../system/self_command.ts";
import { runShell, shellCommand } from "../system/shell.ts";
import { runTmux, tmuxArgument } from "../tmux/server.ts";
import { tryAcquireLock } from "../files/lock.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { runServer } from "./run_server.ts";
import { sameState } from "./launch.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { debugStep, instead } from "../system/ignore.ts";

/** The value of `tmux_sendkeys_target` for the pane that `agentctl orch` has named. */
const ORCHESTRATOR = "orchestrator";

/** A pane in which Claude Code should be woken. */
export interface WakeTarget {
  /** The tmux socket, as a path. */
  socket: string;
  paneId: string;
}

/**
 * Notes that a line about a run should be typed to Claude Code, and starts a
 * process that does so as soon as it can: that may take minutes, and no run
 * waits for it. Throws if the pane does not exist.
 */
export async function requestWake(
  context: FleetContext,
  record: EndedRecord,
  configured: string,
): Promise<void> {
  const { workspace, caller } = context;
  const name = configured === ORCHESTRATOR ? record.notify_target : configured;
  if (name === null || !isRunId(record.run_id)) return;
  const target = await findTarget(context, record, name);
  const folder = wakeFolder(workspace, target);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  // An existing file is not written to, and a link is not followed.
  await Deno.writeTextFile(join(folder, record.run_id), "", {
    createNew: true,
    mode: 0o600,
  });
  debugStep(() =>
    `wake: pane ${target.paneId} is to be told of run ${record.run_id}`
  );
  const command = shellCommand([
    ...(caller.program ?? selfCommand()).argv,
    ...["_wake", target.socket, target.paneId, ...sameState(context)],
  ]);
  // It must outlive the pane, whose end sends SIGHUP.
  await runShell(
    `(trap '' HUP; exec ${command} >/dev/null 2>&1 </dev/null) &`,
    { env: caller.env },
  );
}

async function findTarget(
  context: FleetContext,
  record: EndedRecord,
  name: string,
): Promise<WakeTarget> {
  const { stdout } = await runTmux(runServer(context, record), [
    ...["display-message", "-p", "-t", tmuxArgument(name)],
    "#{pane_id} #{socket_path}",
  ]);
  const [, paneId, socket] = /^(%\d+) (\/.*)$/m.exec(stdout) ?? [];
  if (paneId === undefined || socket === undefined) {
    throw new Error(`tmux has no pane "${name}"`);
  }
  return { socket, paneId };
}

/** Where the requests for a pane are: an empty file for each run, beside a lock. */
export function wakeFolder(workspace: Workspace, target: WakeTarget): string {
  const place = encodeURIComponent(target.socket).replaceAll("%", "_");
  return join(
    workspacePaths.wake(workspace),
    `${target.paneId.slice(1)}-${place}`.slice(0, 200),
  );
}

/** The lock of the process that types into that pane. */
export function wakeLock(workspace: Workspace, target: WakeTarget): string {
  // No run id begins like this.
  return join(wakeFolder(workspace, target), ".lock");
}

/** Removes requests that are done, or never will be. */
export async function dropRequests(
  workspace: Workspace,
  target: WakeTarget,
  ids: readonly RunId[],
): Promise<void> {
  const folder = wakeFolder(workspace, target);
  for (const id of ids) await removeQuietly(join(folder, id));
}

/** All runs for which there is a request, oldest first. */
export async function requestedIds(
  workspace: Workspace,
  target: WakeTarget,
): Promise<RunId[]> {
  const entries = await entriesIfReadable(
    wakeFolder(workspace, target),
    "a folder that cannot be read holds no requests",
  );
  return entries.map(({ name }) => name).filter(isRunId).sort();
}

/**
 * The requested runs that nobody knows about yet. Those that have since been
 * seen or removed are dropped; those that somebody is waiting for stay.
 */
export async function unknownIds(
  workspace: Workspace,
  target: WakeTarget,
): Promise<RunId[]> {
  const requested = await requestedIds(workspace, target);
  const states = await Promise.all(
    requested.map((id) => stateOf(workspace, id)),
  );
  // Checked last: whoever has just stopped waiting has seen it by now.
  const seen = await seenBySessions(workspace);
  const isDone = (id: RunId, index: number) =>
    states[index] === "gone" || seen.has(id);
  await dropRequests(workspace, target, requested.filter(isDone));
  return requested.filter((id, index) =>
    !isDone(id, index) && states[index] === "free"
  );
}

async function stateOf(
  workspace: Workspace,
  id: RunId,
): Promise<"gone" | "awaited" | "free"> {
  const { prompt } = runFiles(workspace, id);
  if (!await exists(prompt)) return "gone";
  const lock = await tryAcquireLock(prompt).catch(
    instead(null, "a run whose prompt cannot be locked counts as awaited"),
  );
  lock?.release();
  return lock === null ? "awaited" : "free";
}
