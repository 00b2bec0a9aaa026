import { folderBytes } from "../files/folder_bytes.ts";
import { formatBytes } from "../text/token_count.ts";
import { worktreeFolder } from "../worktrees/worktree.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { runShell, shellQuote } from "../system/shell.ts";
import { findProgram } from "../system/find_program.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { existingFolder } from "./existing_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const MEGABYTE = 1024;
/** In blocks of 1024 bytes, as `df -k` counts: with less, a run may be unable to record its end. */
const NEARLY_FULL = 100 * MEGABYTE;
const GETTING_FULL = 1024 * MEGABYTE;

/** Free space for the state of the workspace. Deno cannot ask the system for it; `df` can. */
export async function* checkDisk(
  { caller, signal, open }: Examination,
): AsyncGenerator<Finding> {
  // Scripts are run by git; another check reports that it is missing.
  if (findProgram(caller.env, "git") === null) return;
  const { workspace } = await open();
  const folder = await existingFolder(workspace.state);
  const taken = taking(workspace, caller.env);
  const { stdout, stderr } = await runShell(
    `LC_ALL=C df -Pk ${shellQuote(folder)}`,
    { env: programEnvironment(caller.env).env, signal },
  );
  const free = freeBlocks(stdout);
  if (free === null) {
    return yield warning(
      "disk",
      `Free space at "${folder}" is unknown: ${
        stderr.trim().split("\n").at(-1) || "df printed nothing"
      }`,
      `try "df -Pk ${folder}"`,
    );
  }
  const message = `${describe(free)} free at "${folder}"; ${await taken}`;
  const remedy = 'free some space, for example with "agentctl clean"';
  yield free < NEARLY_FULL
    ? problem("disk", `Only ${message}`, remedy)
    : free < GETTING_FULL
    ? warning("disk", `Only ${message}`, remedy)
    : ok("disk", message);
}

/** How long to count what a kind of files takes. */
const COUNTING_MS = 500;

/** Says what takes room. */
async function taking(
  workspace: Workspace,
  env: Record<string, string>,
): Promise<string> {
  const { worktree_folder } = workspace.config;
  const parts = await Promise.all(
    ([
      ["runs", workspacePaths.runs(workspace)],
      ["worktrees", worktreeFolder(env, worktree_folder)],
    ] as const).map(async ([name, folder]) => {
      const { bytes, complete } = await folderBytes(folder, COUNTING_MS);
      return `${name} take ${complete ? "" : "more than "}${
        formatBytes(bytes)
      }`;
    }),
  );
  return parts.join(", ");
}

/** The fourth column of POSIX `df -Pk`; the name of the disk, before it, may hold spaces. */
function freeBlocks(stdout: string): number | null {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  const match = /\s(\d+)\s+(\d+)\s+(-?\d+)\s+\d+%\s/.exec(line);
  return match ? Number(match[3]) : null;
}

function describe(blocks: number): string {
  const gigabytes = blocks / MEGABYTE / 1024;
  return gigabytes >= 1
    ? `${gigabytes.toFixed(1)} GB`
    : `${Math.floor(blocks / MEGABYTE)} MB`;
}
