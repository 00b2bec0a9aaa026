import { join } from "@std/path";
import { MAX_BYTES, readTextIfThere } from "../files/bounded_read.ts";
import { exists, linkInfoAt } from "../files/exists.ts";
import { isLocked } from "../files/lock.ts";
import { AbsolutePath } from "../run/checked_words.ts";
import type { ClaudeProcess, RunOwner } from "../run/owner.ts";
import { parseJson } from "../text/parse_json.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";

/**
 * Where a process of Claude Code, its monitor and the calls that wake it meet,
 * in `~/.ai-orch`. The script of `src/claude/hooks/monitors.ts` makes it as well.
 */
export interface MonitorPlace {
  folder: string;
  /** A line in this named pipe starts `agentctl _monitor`. */
  pipe: string;
  /** There is something to look at; written before the line, so that none is missed. */
  wanted: string;
  /** Held by the monitor while it runs. */
  lock: string;
  /** Made when the script began. */
  since: string;
  /** The workspaces in which the process has runs, one a line, in JSON. */
  workspaces: string;
}

/** The place of the process with that id. Throws an `environment` error without HOME. */
export function monitorPlace(
  env: Record<string, string>,
  pid: number,
): MonitorPlace {
  const folder = join(homeWorkspace(env), "monitors", String(pid));
  return {
    folder,
    pipe: join(folder, "pipe"),
    wanted: join(folder, "wanted"),
    lock: join(folder, "lock"),
    since: join(folder, "since"),
    workspaces: join(folder, "workspaces"),
  };
}

/**
 * Lets the monitor of an owner's Claude Code look at a workspace: now or, if it
 * has not begun yet, as soon as it does. Does nothing for the user, or if the
 * process is not known.
 */
export async function wakeMonitor(
  env: Record<string, string>,
  owner: Pick<RunOwner, "process"> | null,
  root: string,
): Promise<void> {
  const pid = owner?.process?.pid;
  if (pid === undefined) return;
  const place = monitorPlace(env, pid);
  await Deno.mkdir(place.folder, { recursive: true, mode: 0o700 });
  if (!(await monitoredRoots(place)).includes(root)) {
    const line = JSON.stringify(root) + "\n";
    await Deno.writeTextFile(place.workspaces, line, {
      append: true,
      mode: 0o600,
    });
  }
  await Deno.writeTextFile(place.wanted, "", { mode: 0o600 });
  // A monitor that is running sees the file; after its end, the script does.
  if (!await hasScript(place) || await isLocked(place.lock)) return;
  // With both, opening waits for nobody.
  using pipe = await Deno.open(place.pipe, { read: true, write: true });
  await pipe.write(new TextEncoder().encode("\n"));
}

/** The workspaces that the monitor looks at. */
export async function monitoredRoots(place: MonitorPlace): Promise<string[]> {
  const text = await readTextIfThere(place.workspaces, {
    maxBytes: MAX_BYTES.settings,
  });
  const roots = (text ?? "").split("\n").flatMap((line) =>
    parseJson(line, () => AbsolutePath) ?? []
  );
  return [...new Set(roots)];
}

/** Whether the process has a monitor, running or asleep. */
export async function hasMonitor(
  env: Record<string, string>,
  process: ClaudeProcess | null,
): Promise<boolean> {
  return process !== null && await hasScript(monitorPlace(env, process.pid));
}

/** Whether the monitor of the process is running. */
export async function monitorWorks(
  env: Record<string, string>,
  { pid }: ClaudeProcess,
): Promise<boolean> {
  return await isLocked(monitorPlace(env, pid).lock);
}

/** Whether this version of Claude Code, which is not in print mode, has ever started a monitor here. */
export async function startsMonitors(
  env: Record<string, string>,
): Promise<boolean> {
  const version = env["AI_AGENT"] ?? "";
  return env["CLAUDE_CODE_ENTRYPOINT"] === "cli" &&
    /^[\w-]+$/.test(version) &&
    await exists(join(homeWorkspace(env), "monitors", `started-by-${version}`));
}

async function hasScript({ pipe }: MonitorPlace): Promise<boolean> {
  return (await linkInfoAt(pipe))?.isFifo === true;
}
