import { join } from "@std/path";
import { endedRecord } from "../run/end.ts";
import { homeFolder } from "../run/home_folder.ts";
import type { RunId } from "../run/id.ts";
import { listOlderIds, readOlderRuns } from "../run/older_runs.ts";
import { type EndedRecord, isEnded, isOurs } from "../run/record.ts";
import { tryAcquireLock } from "../files/lock.ts";
import { messageOf } from "../system/errors.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { type Project, readProjects } from "../workspace/projects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";

/** What an earlier agentctl left in the folder of a workspace, where workers can write. */
export interface OlderLayout {
  ended: EndedRecord[];
  /** Those that have not ended, or may not have. */
  live: RunId[];
  unreadable: { id: RunId; error: string }[];
  projects: Project[];
  /** Why the list of projects cannot be read. */
  projectsError: string | null;
}

/** Finds what can be taken over. Forged data may be odd in any way, and must not make anything act, hang or run out of memory. */
export async function surveyOlderLayout(
  workspace: Workspace,
): Promise<OlderLayout> {
  const layout: OlderLayout = {
    ended: [],
    live: [],
    unreadable: [],
    projects: [],
    projectsError: null,
  };
  if (workspace.state === workspace.root) return layout;
  const ids = await listOlderIds(workspace);
  for await (const run of readOlderRuns(workspace, ids)) {
    const { id, record } = run;
    if (record === null) {
      layout.unreadable.push({ id, error: run.error ?? "" });
    } else if (!isOurs(record)) {
      layout.unreadable.push({ id, error: "a newer agentctl wrote it" });
    } else if (isEnded(record)) {
      layout.ended.push(record);
    } else if (
      record.status === "running" && await isOver(workspace, id)
    ) {
      layout.ended.push(endedRecord(record, {
        status: "lost",
        endedAt: new Date(record.last_activity_at ?? record.created_at),
        reason: "The supervisor died under an earlier agentctl",
      }));
    } else {
      layout.live.push(id);
    }
  }
  try {
    const projects = await readProjects({
      ...workspace,
      state: workspace.root,
    });
    const known = new Set(
      (await readProjects(workspace)).map(({ name }) => name),
    );
    layout.projects = projects.filter(({ name }) => !known.has(name));
  } catch (error) {
    layout.projectsError = messageOf(error);
  }
  return layout;
}

/** Whether nobody holds the lock of a run, so that its supervisor is gone. */
async function isOver(workspace: Workspace, id: RunId): Promise<boolean> {
  try {
    using lock = await tryAcquireLock(
      join(workspace.root, "runs", id, "lock"),
      { shared: true },
    );
    return lock !== null;
  } catch (error) {
    ignoreUnlessAbsent(
      error,
      "a run whose lock cannot be tried may still be going on",
    );
    return false;
  }
}

/** Where runs worked, and how many: what the user needs to know before taking them over. */
export interface OlderGroup {
  folder: string;
  branch: string | null;
  profile: string | null;
  runs: number;
}

/** The runs by folder, branch and profile, the largest group first. */
export async function groupOlder(
  ended: readonly EndedRecord[],
): Promise<OlderGroup[]> {
  const groups = new Map<string, OlderGroup>();
  for (const record of ended) {
    const group = {
      folder: await realPathSoFar(homeFolder(record)),
      branch: record.worktree?.branch ?? null,
      profile: record.profile,
      runs: 0,
    };
    const key = JSON.stringify(group);
    if (!groups.has(key)) groups.set(key, group);
    (groups.get(key) ?? group).runs++;
  }
  return [...groups.values()].sort((a, b) => b.runs - a.runs);
}
