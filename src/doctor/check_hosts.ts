import { isEnded } from "../run/record.ts";
import { isElsewhere, wordsOfHost } from "../run/run_host.ts";
import { runFiles } from "../run/store.ts";
import { instead } from "../system/ignore.ts";
import { runShell } from "../system/shell.ts";
import { harmlessLine } from "../text/others_words.ts";
import { plural } from "../text/wording.ts";
import { existingFolder } from "./existing_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** File systems that several machines may share, by their names in the list of mounts. */
const SHARED =
  /^(nfs4?|cifs|smb3|smbfs|9p|afs|ceph|glusterfs|lustre|gpfs|beegfs|fuse\.(sshfs|glusterfs|s3fs|rclone|ceph|mfs))$/;

/** Names other machines whose runs are in the workspace, and a file system that several may share. */
export async function* checkHosts(
  { caller: { env }, open, runs }: Examination,
): AsyncGenerator<Finding> {
  const { workspace, missing } = await open();
  const folder = await existingFolder(workspace.state);
  const kind = await fileSystemOf(folder, env);
  const isShared = kind !== null && SHARED.test(kind);
  if (isShared) {
    yield warning(
      "machines.disk",
      `"${folder}" is on a file system that machines may share (${kind}): locks and changes may not be seen by all of them`,
      "start and stop each run on one machine; others only see it, a few seconds later",
    );
  }
  if (missing) return;
  const foreign: string[] = [];
  for (const { id, record } of (await runs()).runs) {
    if ("error" in record || isEnded(record)) continue;
    if (!await isElsewhere(record, env)) continue;
    const words = await wordsOfHost(record, runFiles(workspace, id));
    foreign.push(`run "${id}" is ${harmlessLine(words ?? record.status)}`);
  }
  if (foreign.length > 0) {
    return yield warning(
      "machines",
      `${plural(foreign.length, "run")} of other machines: ${
        foreign.slice(0, 3).join("; ")
      }${foreign.length > 3 ? "; …" : ""}`,
      "wait for them there; agentctl stop ends one whose machine has been silent for ten minutes",
    );
  }
  if (!isShared) yield ok("machines", "All runs are of this machine");
}

/** The kind of the file system that holds a path; `null` where the system keeps no list of mounts. */
async function fileSystemOf(
  path: string,
  env: Record<string, string>,
): Promise<string | null> {
  // Deno does not let us read it ourselves.
  const { stdout } = await runShell(
    "cat /proc/self/mountinfo 2>/dev/null",
    { env },
  ).catch(instead({ stdout: "" }, "the kind of file system is not known"));
  return fileSystemIn(stdout, path);
}

/** Finds the kind of file system of a path in a list of mounts: the last one at the longest mount point above it. */
export function fileSystemIn(mounts: string, path: string): string | null {
  let best: { length: number; kind: string } | null = null;
  for (const line of mounts.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const kind = after.split(" ")[0] ?? "";
    const point = (before.split(" ")[4] ?? "").replace(
      /\\(\d{3})/g,
      (_, digits) => String.fromCharCode(parseInt(digits, 8)),
    );
    if (point === "" || kind === "") continue;
    const isAbove = point === "/" || path === point ||
      path.startsWith(`${point}/`);
    if (isAbove && point.length >= (best?.length ?? 0)) {
      best = { length: point.length, kind };
    }
  }
  return best?.kind ?? null;
}
