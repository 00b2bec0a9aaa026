import { join } from "@std/path";
import { markFolder } from "../run/folder_mark.ts";
import { homeFolder } from "../run/home_folder.ts";
import { isRunId, type RunId } from "../run/id.ts";
import { type EndedRecord, SINGLE_ATTEMPT } from "../run/record.ts";
import { markSeen } from "../run/seen.ts";
import { runFiles } from "../run/store.ts";
import { MAX_BYTES, readBounded } from "../files/bounded_read.ts";
import { messageOf } from "../system/errors.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { noteWorkerFolders } from "../system/worker_reach.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { addProject } from "../workspace/projects.ts";
import { ensureState, type Workspace } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { folderOf } from "../guard/earlier_runs.ts";
import type { OlderLayout } from "./older_layout.ts";
import { isOwnPlace } from "../worktrees/worktree.ts";
import { linkInfoAt } from "../files/exists.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { instead } from "../system/ignore.ts";

/** What was taken over, and what was not. */
export interface Import {
  runs: RunId[];
  projects: string[];
  /** A line for each run, file and project that was left out. */
  leftOut: string[];
}

/** The files of a run that are taken over if they are plain files and no longer than this. */
const FILES = [
  "prompt.md",
  "events.jsonl",
  "stderr.log",
  "output.json",
  "diff.patch",
  "verify.log",
  "setup.log",
  "worktree.json",
];
const MOST_FILE_BYTES = 64 << 20;

/** Folders of small files: messages to the worker, and which runs changed the same files. */
const FOLDERS: Record<string, RegExp> = {
  messages: /^\d{1,6}\.(json|md)$/,
  overlaps: /^[A-Za-z0-9_-]{1,64}\.json$/,
};
const MOST_ENTRIES = 1_000;

/**
 * Takes over ended runs and projects into the state, once the user has seen and
 * approved them. The records may be forged, so everything in them that would
 * act (checks, set-ups, further attempts, panes, processes) is left out, and
 * only plain files with known names are copied. What already exists stays.
 */
export async function importOlder(
  context: FleetContext,
  layout: OlderLayout,
): Promise<Import> {
  const { workspace } = context;
  const done: Import = { runs: [], projects: [], leftOut: [] };
  await ensureState(workspace);
  const ids = new Set(layout.ended.map(({ run_id }) => run_id));
  for (const old of layout.ended) {
    try {
      await noteWorkerFolders(context.caller.env, [folderOf(old)]);
      const record = await harmless(context, old, ids);
      await takeOver(workspace, record, done.leftOut);
      await markSeen(workspace, record.run_id);
      done.runs.push(record.run_id);
    } catch (error) {
      done.leftOut.push(`run ${old.run_id}: ${messageOf(error)}`);
    }
  }
  for (const project of layout.projects) {
    try {
      await addProject(workspace, project);
      done.projects.push(project.name);
    } catch (error) {
      done.leftOut.push(messageOf(error));
    }
  }
  return done;
}

async function takeOver(
  workspace: Workspace,
  record: EndedRecord & { run_id: RunId },
  leftOut: string[],
): Promise<void> {
  const { run_id: id } = record;
  const from = join(workspace.root, "runs", id);
  const to = runFiles(workspace, id).folder;
  // No id begins like this, so nobody sees half a run.
  const temporary = join(to, "..", `.import-${crypto.randomUUID()}`);
  await Deno.mkdir(temporary, { mode: 0o700 });
  try {
    const copy = async (name: string, maxBytes: number) => {
      try {
        const bytes = await readBounded(join(from, name), { maxBytes });
        await Deno.writeFile(join(temporary, name), bytes, {
          createNew: true,
          mode: 0o600,
        });
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return;
        leftOut.push(`${name} of run ${id}: ${messageOf(error)}`);
      }
    };
    for (const name of FILES) await copy(name, MOST_FILE_BYTES);
    for (const [folder, pattern] of Object.entries(FOLDERS)) {
      const names = await namesIn(join(from, folder), pattern);
      if (names.length > 0) {
        await Deno.mkdir(join(temporary, folder), { mode: 0o700 });
      }
      for (const name of names) {
        await copy(join(folder, name), MAX_BYTES.note);
      }
    }
    await writeJsonAtomic(join(temporary, "meta.json"), record);
    // Fails if a run with this id exists by now: its folder is not empty.
    await Deno.rename(temporary, to);
  } catch (error) {
    await removeQuietly(temporary, { recursive: true });
    throw error;
  }
}

/** Where the run worked, with links resolved, so that a folder that takes its place later is noticed. */
async function placeOf(
  record: EndedRecord,
  worktree: EndedRecord["worktree"],
): Promise<Pick<EndedRecord, "cwd" | "worktree" | "folder">> {
  const home = await realPathSoFar(homeFolder(record));
  const folder = await markFolder(home)
    .catch(
      instead(
        { ino: null, born: null },
        "a folder that cannot be looked at has no mark",
      ),
    );
  if (worktree === null) return { worktree, cwd: home, folder };
  const isResolved = home === homeFolder(record);
  return { worktree, cwd: record.cwd, folder: isResolved ? folder : null };
}

async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const names: string[] = [];
  const info = await linkInfoAt(folder);
  if (!info?.isDirectory) return names;
  for await (const { name } of Deno.readDir(folder)) {
    if (pattern.test(name) && names.push(name) === MOST_ENTRIES) break;
  }
  return names;
}

/** The same record without anything that would act when the run is continued, repeated, merged or removed. */
async function harmless(
  context: FleetContext,
  record: EndedRecord,
  ids: ReadonlySet<string>,
): Promise<EndedRecord & { run_id: RunId }> {
  const { run_id, verify, chain, sandbox } = record;
  if (!isRunId(run_id)) throw new Error("its id is wrong");
  const idOr = <Otherwise>(id: string | null, otherwise: Otherwise) =>
    id !== null && isRunId(id) ? id : otherwise;
  const own: Partial<EndedRecord> = {
    root_run_id: idOr(record.root_run_id, run_id),
    parent_run_id: idOr(record.parent_run_id, null),
  };
  const worktree = record.worktree && { ...record.worktree, setup: null };
  const keepsWorktree = worktree !== null &&
    await isOwnPlace(context, { ...record, ...own }, worktree);
  const dropped = [
    ...verify === null ? [] : [`check "${verify}"`],
    ...record.worktree?.setup ? [`set-up "${record.worktree.setup}"`] : [],
    ...sandbox === "danger-full-access"
      ? ["permission to run without a sandbox"]
      : [],
    ...record.allow_protected.length > 0
      ? ["permission to change protected paths"]
      : [],
    ...worktree !== null && !keepsWorktree
      ? [`worktree "${worktree.path}", which is not where agentctl makes them`]
      : [],
  ];
  const { next_run_id } = record;
  return {
    ...record,
    ...own,
    run_id,
    verify: null,
    allow_protected: [],
    verify_unconfined: false,
    verify_confined: null,
    sandbox: sandbox === "danger-full-access" ? "workspace-write" : sandbox,
    chain: {
      ...SINGLE_ATTEMPT,
      attempt: chain.attempt,
      cause: chain.cause,
    },
    thread_id: threadOf(record.thread_id),
    resumed_thread_id: threadOf(record.resumed_thread_id),
    next_run_id: next_run_id !== null && ids.has(next_run_id)
      ? next_run_id
      : null,
    after: record.after.filter(isRunId),
    after_any_end: record.after_any_end.filter(isRunId),
    overlaps: record.overlaps.filter(({ run_id }) => isRunId(run_id)),
    held: false,
    placement: null,
    notify_target: null,
    pane: null,
    supervisor_pid: null,
    repository: null,
    ...await placeOf(record, keepsWorktree ? worktree : null),
    warnings: [
      ...record.warnings,
      `Taken over from an earlier agentctl${
        dropped.length === 0 ? "" : ` without ${dropped.join(", ")}`
      }`,
    ],
  };
}

/** The id of a Codex thread, which becomes an argument to Codex. */
function threadOf(id: string | null): string | null {
  return id !== null && /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/.test(id) ? id : null;
}
