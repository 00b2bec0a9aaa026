import { dirname, isAbsolute, join, relative, resolve } from "@std/path";
import type { CodexEvent, CodexItem } from "../codex/events.ts";
import { linkInfoAtSync } from "../files/exists.ts";
import type { Repository } from "../git/git_call.ts";
import { touchedFiles } from "../git/touched_files.ts";
import {
  type CommandTime,
  doingLine,
  type Doings,
  type Edit,
  NOBODY,
  readDoings,
  TOGETHER_MS,
  wasChangedBy,
} from "../run/doings.ts";
import { markedIds } from "../run/marks.ts";
import { readRecord, runFiles } from "../run/store.ts";
import { ignored, instead } from "../system/ignore.ts";
import { isWithin, realPathSoFar } from "../system/real_path.ts";
import type { SupervisedRun } from "./supervised_run.ts";

/** Finds out what a run changes itself, where others may work in the same folder. */
export interface OwnFiles {
  /** Takes note of an event of the worker. */
  event(event: CodexEvent): void;
  /** Those of the changed files that the run changed itself; paths are from the top level. */
  among(changed: readonly string[]): Promise<string[]>;
}

/** How many touched files are looked at after a command, and how often at most. */
const MOST_TOUCHED = 5_000;
const LOOK_INTERVAL_MS = 1_000;

/** How much of a command's text is kept. */
const MOST_WORDS = 4_000;

/** Items during which a worker may change files without saying which. */
const COMMANDS: readonly CodexItem["type"][] = [
  "command_execution",
  "mcp_tool_call",
];

/**
 * Begins to note what a run changes in a work tree: the files that Codex says it
 * has edited, and those that were changed while a command of the run was running, and
 * none of another run of the folder, or one that names the file. What is overwritten later is seen only as long
 * as others work there too, because looking takes time.
 */
export function noteOwnFiles(
  run: SupervisedRun,
  repository: Repository | null,
): OwnFiles {
  const { files, env, keeper } = run;
  const edited = new Set<string>();
  /** When files were changed that may have been overwritten since. */
  const seen = new Map<string, Set<number>>();
  const times: CommandTime[] = [];
  const running = new Map<string, CommandTime>();
  // Events that come together say nothing about the time between them.
  const begun = Date.now();
  let lastHeard = begun;
  let heardBefore = lastHeard;
  let known = 0;
  let lastLook = 0;
  let looking: Promise<void> = Promise.resolve();

  const note = (doing: CommandTime | Edit) => {
    // Appended whole, and read by others while they run.
    Deno.writeTextFile(files.commands, doingLine(doing), {
      append: true,
      mode: 0o600,
    }).catch(ignored("other runs may claim what this one changed"));
  };
  const began = (item: CodexItem, now: number) => {
    const time: CommandTime = { since: heardBefore, from: now, to: null };
    if ("command" in item && typeof item.command === "string") {
      time.words = item.command.slice(0, MOST_WORDS);
    }
    running.set(item.id, time);
    times.push(time);
    note(time);
  };
  const ended = (item: CodexItem, now: number) => {
    if (!running.has(item.id)) began(item, now);
    const time = running.get(item.id);
    running.delete(item.id);
    if (time === undefined) return;
    time.to = now;
    note(time);
  };
  const edit = (path: string, at: number) => {
    const { cwd } = keeper.current();
    if (repository === null) return;
    const noted = fromTop(resolve(cwd, path), repository).then((name) => {
      edited.add(name);
      note({ edited: name, at });
    }).catch(ignored("one file less is claimed"));
    looking = Promise.all([looking, noted]).then(() => {});
  };
  const look = async (force: boolean) => {
    const peers = (await markedIds(files.peers)).length;
    const isNew = peers > known;
    known = peers;
    const now = Date.now();
    if (peers === 0 || repository === null) return;
    if (!force && !isNew || !isNew && now - lastLook < LOOK_INTERVAL_MS) return;
    lastLook = now;
    const touched = await touchedFiles(repository, { env });
    for (const path of touched.slice(0, MOST_TOUCHED)) {
      const time = changeOf(repository.root, path, begun);
      // What the others say of it may not be known yet.
      if (time === null || !wasChangedBy(times, NOBODY, path, time)) continue;
      seen.set(path, (seen.get(path) ?? new Set()).add(time));
    }
  };

  return {
    event(event) {
      const now = Date.now();
      if (now - lastHeard > TOGETHER_MS) heardBefore = lastHeard;
      lastHeard = now;
      if ("item" in event) {
        const { item } = event;
        const isOver = event.type === "item.completed";
        if (COMMANDS.includes(item.type)) {
          if (isOver) ended(item, now);
          else if (!running.has(item.id)) began(item, now);
        }
        if (item.type === "file_change" && isOver && item.status !== "failed") {
          item.changes.forEach(({ path }) => edit(path, now));
        }
        const isDone = isOver && COMMANDS.includes(item.type);
        looking = looking.then(() => look(isDone)).catch(
          ignored("what is overwritten later is not claimed"),
        );
      }
    },
    async among(changed) {
      await looking;
      if (repository === null) return [];
      const others = await doingsOfOthers(run, repository);
      return changed.filter((path) => {
        if (edited.has(path)) return true;
        const now = changeOf(repository.root, path, begun);
        const at = [...seen.get(path) ?? [], ...now === null ? [] : [now]];
        return at.some((time) => wasChangedBy(times, others, path, time));
      });
    },
  };
}

/**
 * When a file was changed, as far as is known: for one that was removed, or moved here
 * with its old time, when its folder was.
 */
function changeOf(root: string, path: string, begun: number): number | null {
  for (let place = path;; place = dirname(place)) {
    const time = linkInfoAtSync(join(root, place))?.mtime?.getTime();
    if (time !== undefined && (place !== path || time >= begun)) return time;
    if (place === "." || isAbsolute(place)) return null;
  }
}

/** A path as git names it; through links it may lead elsewhere. */
async function fromTop(
  path: string,
  { root }: Repository,
): Promise<string> {
  const folder = await realPathSoFar(dirname(path));
  return relative(root, join(folder, path.slice(dirname(path).length)));
}

/** What other runs say that work, or worked, in the same work tree. */
async function doingsOfOthers(
  { context: { workspace }, files }: SupervisedRun,
  { root }: Repository,
): Promise<Doings> {
  const all = await Promise.all(
    (await markedIds(files.peers)).map(async (peer) => {
      const record = await readRecord(workspace, peer).catch(
        instead(null, "a run whose record cannot be read claims nothing"),
      );
      const isHere = record !== null && record.worktree === null &&
        isWithin(await realPathSoFar(record.cwd), root);
      return isHere
        ? await readDoings(runFiles(workspace, peer).commands)
        : { times: [], edits: [] };
    }),
  );
  return {
    times: all.flatMap(({ times }) => times),
    edits: all.flatMap(({ edits }) => edits),
  };
}
