import { resolve } from "@std/path";
import { isFolder } from "../files/exists.ts";
import { environmentError } from "../system/errors.ts";
import { writeAll } from "../system/write_all.ts";
import { type DiffSummary, parseDiffSummary } from "./diff_summary.ts";
import { type GitCall, type Repository, scratchObjects } from "./git_call.ts";
import { gitError, runGit, spawnGit } from "./git_command.ts";
import { removeQuietly } from "../files/remove_quietly.ts";

export interface DiffOptions {
  /** The scratch folder with which both snapshots were taken. */
  scratch: string;
  /** The file for the patch, written as a whole or not at all; empty if nothing changed. */
  patchFile: string;
  env: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * `diff-tree` ignores most of the user's settings for diffs; these override the
 * rest, so that `git apply` can always read the patch.
 */
const FORMAT = [
  "--no-color",
  "--no-ext-diff",
  "--no-textconv",
  "--ignore-submodules=none",
  "-M50%",
  "-l1000",
];
const PATCH = [
  "--patch",
  "--binary",
  "--full-index",
  "--unified=3",
  "--inter-hunk-context=0",
  "--src-prefix=a/",
  "--dst-prefix=b/",
];
const SUMMARY = ["--raw", "--numstat", "--stat=80", "-z"];

/**
 * Writes the patch from one snapshot to another, restricted to the folder of the
 * repository, and returns its summary. `git apply` at the top level of the
 * repository accepts the patch, including binary files. It goes to the file as git
 * prints it and is never held in memory. Throws an `environment` error if git
 * refuses, for example because the snapshots were discarded.
 */
export async function diffTrees(
  repository: Repository,
  before: string,
  after: string,
  options: DiffOptions,
): Promise<DiffSummary> {
  const call: GitCall = {
    env: options.env,
    cwd: repository.root,
    repository,
    scratch: options.scratch,
    settings: ["core.quotePath=false", "diff.suppressBlankEmpty=false"],
    signal: options.signal,
  };
  // git would say that there is no repository.
  if (!await isFolder(scratchObjects(options.scratch))) {
    throw environmentError(
      `Cannot compare the states of "${repository.folder}": the snapshots in "${options.scratch}" were discarded`,
    );
  }
  const paths = repository.prefix === ""
    ? []
    : [`:(top,literal)${repository.prefix}`];
  const args = (
    format: string[],
  ) => ["diff-tree", "-r", ...FORMAT, ...format, before, after, "--", ...paths];
  const [patch, summary] = await Promise.allSettled([
    writeOutput(args(PATCH), call, resolve(options.patchFile)),
    runGit(args(SUMMARY), call),
  ]);
  if (patch.status === "rejected") throw patch.reason;
  if (summary.status === "rejected") throw summary.reason;
  if (summary.value.code !== 0) throw diffError(call, summary.value.stderr);
  const parsed = parseDiffSummary(summary.value.stdout);
  if (parsed.linkBecameFolder) {
    // A rename without changes does not mention modes, so `git apply` would
    // assume that the link still exists and refuse to write beyond it.
    await writeOutput(
      args([...PATCH, "--no-renames"]),
      call,
      resolve(options.patchFile),
    );
  }
  return parsed.summary;
}

/** Runs git with its output going to a file, which appears only when it is complete. */
async function writeOutput(
  args: string[],
  call: GitCall,
  path: string,
): Promise<void> {
  call.signal?.throwIfAborted();
  const partial = `${path}.${crypto.randomUUID()}.partial`;
  using file = await Deno.open(partial, {
    write: true,
    createNew: true,
    mode: 0o600,
  });
  try {
    const child = await spawnGit(args, call);
    const stderr = new Response(child.stderr).text();
    // git must have ended before anything is reported, even if the disk is full.
    const [copied, { code }, words] = await Promise.all([
      writeChunks(file, child.stdout).then(
        () => null,
        (error: unknown) => ({ error }),
      ),
      child.status,
      stderr,
    ]);
    call.signal?.throwIfAborted();
    if (copied) throw copied.error;
    if (code !== 0) throw diffError(call, words);
    await file.syncData();
    await Deno.rename(partial, path);
  } catch (error) {
    await removeQuietly(partial);
    throw error;
  }
}

/** Not `file.writable`, whose content is lost if the file is closed instead of the stream. */
async function writeChunks(
  file: Deno.FsFile,
  chunks: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  // Leaving the loop with an error cancels the stream, and that ends git.
  for await (const chunk of chunks) await writeAll(file, chunk);
}

function diffError(call: GitCall, stderr: string): Error {
  return gitError(
    `Cannot compare the states of "${call.repository?.folder ?? call.cwd}"`,
    stderr,
  );
}
