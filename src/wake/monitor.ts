import { exists, infoAt } from "../files/exists.ts";
import { acquireLockSoon } from "../files/lock.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { watchFolders } from "../files/watch.ts";
import { readLiveRuns } from "../fleet/resolve_targets.ts";
import { waitForEnds } from "../fleet/wait.ts";
import type { Asker } from "../owners/asker.ts";
import { claudeHome, readNote } from "../owners/claude_notes.ts";
import { isNotedGone } from "../owners/gone_processes.ts";
import { monitoredRoots, monitorPlace } from "../owners/monitor_place.ts";
import { readerOf } from "../owners/reader.ts";
import { parseRunId } from "../run/id.ts";
import { aborted } from "../system/delay.ts";
import { environmentError } from "../system/errors.ts";
import { debugStep, ignored, instead } from "../system/ignore.ts";
import type { FleetContext } from "../workspace/context.ts";
import { type Caller, openWorkspace } from "../workspace/workspace.ts";
import { makeTeller, type TellerOptions } from "./tell_ends.ts";
import { untoldEnds } from "./untold_ends.ts";

/** What {@linkcode monitorRuns} needs. */
export interface MonitorOptions extends Omit<TellerOptions, "asker"> {
  /** The process of Claude Code that listens. */
  pid: number;
}

/** How long others may take to see whether a monitor runs, in milliseconds. */
const OTHERS_MS = 500;

/**
 * Tells a process of Claude Code of the ends of its runs, and of what their workers
 * ask, in a line each, as they come and whoever waits for them. Returns when none of its runs is left, when
 * nobody listens any more and, at once, if the process has another monitor running.
 */
export async function monitorRuns(
  caller: Caller,
  { pid, ...telling }: MonitorOptions,
): Promise<void> {
  const place = monitorPlace(caller.env, pid);
  await Deno.mkdir(place.folder, { recursive: true, mode: 0o700 });
  // Others take it for a moment, to see whether a monitor runs.
  using lock = await acquireLockSoon(place.lock, OTHERS_MS);
  if (lock === null) return;
  const asker = () => askerAt(caller, pid);
  const teller = makeTeller({ ...telling, asker });
  const { unheard } = teller;
  const following = new Map<string, Promise<void>>();

  async function look(): Promise<void> {
    const since = (await infoAt(place.since))?.mtime ?? new Date();
    const reading = { asker: await asker() };
    if (reading.asker === null) {
      // The script tries again, or ends if Claude Code has.
      throw environmentError(
        `Cannot find the session of the process ${pid}; is it Claude Code`,
      );
    }
    await removeQuietly(place.wanted);
    for (const root of await monitoredRoots(place)) {
      const workspace = await openWorkspace(caller, root).catch(
        instead(null, "the runs of a workspace that is gone are not told"),
      );
      if (workspace === null) continue;
      const context = { workspace, caller };
      const reader = await readerOf(context, reading);
      // First, so that none ends unseen between the two.
      for (const { run_id } of await readLiveRuns(context, reader)) {
        follow(context, run_id);
      }
      for (const record of await untoldEnds(context, reader, since)) {
        teller.tell(context, record);
      }
    }
    debugStep(() => `monitor: ${following.size} runs to follow`);
  }

  function follow(context: FleetContext, run_id: string): void {
    const key = JSON.stringify([context.workspace.root, run_id]);
    if (following.has(key)) return;
    const end = waitForEnds(context, [parseRunId(run_id)], {
      follow: true,
      signal: unheard,
      onEnd: (record) => teller.tell(context, record),
      onAsk: (record) => teller.tell(context, record),
    }).then(() => {}, ignored("the inbox has what it can read of the run"))
      .finally(() => following.delete(key));
    following.set(key, end);
  }

  using watch = watchFolders([place.folder]);
  for (;;) {
    await look();
    for (;;) {
      await teller.idle();
      const changed = watch.changed();
      if (unheard.aborted) return;
      if (await exists(place.wanted)) break;
      if (following.size === 0) return;
      await Promise.race([changed, aborted(unheard), ...following.values()]);
    }
  }
}

/** The session that a process of Claude Code holds now. */
async function askerAt(caller: Caller, pid: number): Promise<Asker | null> {
  const note = await readNote(claudeHome(caller.env), pid);
  // A crash of Claude Code leaves its note behind.
  if (note === null || await isNotedGone(caller.env, note.process)) return null;
  return {
    session: note.session,
    process: note.process,
    folder: note.folder,
  };
}
