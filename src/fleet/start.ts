import { selfCommand } from "../system/self_command.ts";
import { placePane } from "../tmux/place_pane.ts";
import { writeFileAtomic, writeJsonAtomic } from "../workspace/atomic_file.ts";
import { acquireLock } from "../workspace/lock.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { workerEnvironment } from "../run/environment.ts";
import { makeRunId, parseRunId, type RunId } from "../run/id.ts";
import { checkPrompt } from "../run/prompt.ts";
import type { LiveRecord, RunPane, RunRecord } from "../run/record.ts";
import { createRunFolder, runFiles, writeRecord } from "../run/store.ts";
import { callerServer, type FleetContext } from "./context.ts";
import { describeTask } from "./task.ts";
import { trustedConfig } from "./trust.ts";
import { placeTask } from "./worktree.ts";

/** What a run is to do, and how. What is left out comes from the project, the profile or the config. */
export interface StartRequest {
  prompt: Uint8Array<ArrayBuffer>;
  project?: string;
  profile?: string;
  title?: string;
  model?: string;
  sandbox?: string;
  timeoutMs?: number;
  idleTimeoutMs?: number;
  /** A shell command that decides, after the worker, whether the goal is met. */
  verify?: string;
  runId?: string;
  ephemeral?: boolean;
  /** Whether it gets a git worktree; without it, the parent or the project decides. */
  worktree?: boolean;
  /** The run whose Codex thread this one continues. */
  parent?: RunRecord & { thread_id: string };
}

/**
 * Starts a run in a pane of its own and returns its record as soon as the
 * pane is there. Everything that can be known to fail fails before a folder
 * or pane is made; a run that gets no pane leaves nothing behind.
 *
 * Throws `usage`, `not_found` or `environment` errors.
 */
export async function startRun(
  context: FleetContext,
  request: StartRequest,
): Promise<RunRecord> {
  const { workspace, caller } = context;
  const text = checkPrompt(request.prompt);
  const task = await describeTask(context, request, text);
  const { env_passthrough } = await trustedConfig(workspace, task.cwd);
  const env = workerEnvironment(caller.env, env_passthrough);

  const id = await createRunFolder(
    workspace,
    request.runId === undefined ? undefined : parseRunId(request.runId),
    () => makeRunId(new Date()),
  );
  const files = runFiles(workspace, id);
  try {
    // Whoever looks meanwhile sees by the lock that somebody is at work.
    using _lock = await acquireLock(files.lock);
    await Promise.all([
      writeFileAtomic(files.prompt, request.prompt, { durable: false }),
      writeJsonAtomic(files.env, env, { durable: false }),
      Deno.mkdir(files.requests, { mode: 0o700 }),
    ]);
    const rootId = request.parent?.root_run_id ?? id;
    const record: LiveRecord = {
      status: "starting",
      run_id: id,
      ...placeTask(task, rootId),
      root_run_id: rootId,
      thread_id: null,
      last_activity_at: null,
      activity: null,
      usage: null,
      thread_usage: request.parent?.thread_usage ?? null,
      pane: null,
      supervisor_pid: null,
      repository: null,
    };
    await writeRecord(workspace, record);
    const pane = await makePane(context, id);
    const placed = { ...record, pane };
    await writeRecord(workspace, placed, { durable: false });
    return placed;
  } catch (error) {
    await Deno.remove(files.folder, { recursive: true }).catch(() => {});
    throw error;
  }
}

/** Makes the pane, one at a time in a workspace, so that starts at once do not trample each other's layout. */
async function makePane(context: FleetContext, id: RunId): Promise<RunPane> {
  const { workspace, caller } = context;
  const self = selfCommand();
  using _lock = await acquireLock(workspacePaths.layoutLock(workspace));
  return await placePane(callerServer(context), {
    argv: [...self.argv, "_supervise", id, "--workspace", workspace.root],
    env: Object.fromEntries(
      self.env.flatMap((name) =>
        caller.env[name] ? [[name, caller.env[name]]] : []
      ),
    ),
    callerPane: caller.env["TMUX"] ? caller.env["TMUX_PANE"] ?? null : null,
    session: workspace.config.tmux_session,
    workspaceKey: workspaceKey(workspace),
  });
}

/**
 * A short word that tells the windows of this workspace from those of others:
 * formats of tmux cannot compare every path. FNV-1a of the path.
 */
export function workspaceKey(workspace: Workspace): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(workspace.root)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16);
}
