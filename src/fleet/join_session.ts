import { dirname, join } from "@std/path";
import { exists, isFolder, realPathAt } from "../files/exists.ts";
import type { Asker } from "../owners/asker.ts";
import { isSameProcess } from "../owners/claude_notes.ts";
import {
  monitoredRoots,
  monitorPlace,
  wakeMonitor,
} from "../owners/monitor_place.ts";
import { noteGone } from "../owners/gone_processes.ts";
import { type Reader, readerOf } from "../owners/reader.ts";
import { addLinks, lockLinks, readLinks } from "../owners/session_links.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { isElsewhere } from "../run/run_host.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import type { FleetContext } from "../workspace/context.ts";
import { ignore, ignored } from "../system/ignore.ts";
import { unseenRuns } from "./inbox.ts";
import { readLiveRuns } from "./resolve_targets.ts";

/**
 * Notes that a process holds a session, which links it with the sessions that the
 * process had before, and with the processes that the session had. With
 * `inherits`, what sessions of the same project have left behind falls to it: runs
 * that have not ended, or whose results nobody has read, of sessions that no live
 * process holds.
 */
export async function joinSession(
  context: FleetContext,
  asker: Asker,
  { inherits }: { inherits: boolean },
): Promise<void> {
  const { env } = context.caller;
  // It is made by the first run; until then there is nothing to link.
  if (!await isFolder(homeWorkspace(env))) return;
  const { session, process } = asker;
  if (process !== null) await noteGone(env, process);
  // Two sessions that begin together do not both get the same runs.
  using _lock = await lockLinks(env);
  const last = (await readLinks(env)).findLast((link) =>
    !link.inherited &&
    (link.session === session || isSameProcess(link.process, process))
  );
  const isKnown = last?.session === session &&
    (process === null || isSameProcess(last.process, process));
  const link = (session: string) => ({
    time: new Date().toISOString(),
    session,
    process,
  });
  if (!isKnown) await addLinks(env, [link(session)]);
  if (!isKnown && last?.process && process) {
    // Its runs may be in other workspaces too.
    const before = monitorPlace(env, last.process.pid);
    for (const root of await monitoredRoots(before)) {
      await wakeMonitor(env, { process }, root).catch(
        ignored("its runs there come with the inbox"),
      );
    }
  }
  // Without a process it would be unknown when the heir is gone.
  if (!inherits || process === null) return;
  const left = await leftBehind(context, asker);
  await addLinks(
    env,
    left.map((session) => ({ ...link(session), inherited: true })),
  );
}

/**
 * When a session of another machine or container that shares the home counts as
 * gone, after the end of its run. The Claude Code of this one does not see its process, and
 * removes its note.
 */
const FOREIGN_MS = 24 * 60 * 60_000;

/** The sessions whose runs fall to one that begins. */
async function leftBehind(
  context: FleetContext,
  asker: Asker,
): Promise<string[]> {
  const everybody = await readerOf(context, { everyone: true, asker });
  const project = await projectAt(asker.folder);
  const runs = [
    ...await unseenRuns(
      context,
      (_, error) => ignore(error, "a damaged run falls to nobody"),
      everybody,
    ),
    ...await readLiveRuns(context, everybody),
  ];
  const sessions = new Set<string>();
  for (const run of runs) {
    const session = run.owner?.session ?? null;
    if (session === null || sessions.has(session)) continue;
    if (await falls(everybody, run, project)) sessions.add(session);
  }
  return [...sessions];
}

async function falls(
  reader: Reader,
  run: RunRecord,
  project: string,
): Promise<boolean> {
  if (run.owner === null || !await reader.isGone(run)) return false;
  // Without more than names: a container has the start of its machine, but its own processes.
  if (await isElsewhere(run)) {
    const heard = isEnded(run) ? Date.parse(run.ended_at) : Date.now();
    if (Date.now() - heard < FOREIGN_MS) return false;
  }
  return !await reader.isFor(run) &&
    await projectAt(run.owner.folder) === project;
}

/** The project that a folder belongs to: the nearest folder at or above it with a `.git`, or else the folder itself. */
async function projectAt(folder: string): Promise<string> {
  const real = await realPathAt(folder) ?? folder;
  for (let place = real;; place = dirname(place)) {
    if (await exists(join(place, ".git"))) return place;
    if (place === dirname(place)) return real;
  }
}
