import type { CommandOutput } from "../system/command.ts";
import { oneLine } from "../text/sanitize.ts";
import type { GitCall } from "./git_call.ts";
import { configuredFilters } from "./obedience.ts";
import { type HungHelper, programOf } from "./stuck_helpers.ts";

/** What git printed, and what it had to be freed from. */
export interface GitOutput extends CommandOutput {
  hung: HungHelper | null;
}

/** What git runs a filter for: `clean` to record a file, `smudge` to write one. */
type FilterUse = "clean" | "smudge";

/** A filter that failed, and what was said then. */
interface FailedFilter {
  name: string;
  use: FilterUse;
  /** The command of the configuration. */
  command: string;
  words: string;
  told: boolean;
}

/** The commands that write files; in all others a filter that cannot does no harm. */
const WRITING = ["reset", "restore", "merge", "read-tree"];

/** By the caller's environment, then by the repository's common folder, filter and use. */
const failures = new WeakMap<
  Record<string, string>,
  Map<string, FailedFilter[]>
>();

function failedIn({ repository, env }: GitCall): FailedFilter[] {
  const repositories = failures.get(env) ?? new Map<string, FailedFilter[]>();
  failures.set(env, repositories);
  const key = repository?.common_dir ?? "";
  const failed = repositories.get(key) ?? [];
  repositories.set(key, failed);
  return failed;
}

/**
 * The settings that keep a call from running the filters that have failed in its
 * repository: files are recorded as they are, or stay as git stores them.
 */
export function withoutFailedFilters(
  args: readonly string[],
  call: GitCall,
): string[] {
  if (!call.repository) return [];
  return failedIn(call).filter(({ use }) => use === "clean" || isWriting(args))
    .flatMap(({ name, use }) => [
      // git would not use the command for single files beside an empty process.
      `filter.${name}.process=`,
      `filter.${name}.${use}=`,
      `filter.${name}.required=false`,
    ]);
}

/** Notes the filters because of which a call failed or hung; returns whether it may do better without them. */
export async function noteFailedFilter(
  args: readonly string[],
  call: GitCall,
  { code, stderr, hung }: GitOutput,
): Promise<boolean> {
  if (!call.repository || code === 0 && hung === null) return false;
  const [, use, name] = FAILED.exec(stderr) ?? [];
  if (name === undefined && hung === null && !HUNG_UP.test(stderr)) {
    return false;
  }
  const filters = await configuredFilters(call.repository, call.env);
  const uses: readonly FilterUse[] = use !== undefined
    ? [use as FilterUse]
    : isWriting(args)
    ? ["smudge", "clean"]
    : ["clean"];
  const names = name !== undefined
    ? [name]
    : [...filters].filter(([, commands]) =>
      hung === null ? commands["process"] : isAmong(commands, hung)
    ).map(([name]) => name);
  const known = failedIn(call);
  const isKnown = (name: string, use: FilterUse) =>
    known.some((one) => one.name === name && one.use === use);
  let isNew = false;
  // An option of git cannot name it with an equals sign.
  for (const name of names.filter((name) => !name.includes("="))) {
    const use = uses.find((use) => !isKnown(name, use));
    if (use === undefined) continue;
    const { process, [use]: single } = filters.get(name) ?? {};
    const command = process ?? single ?? name;
    const words = hung?.words ?? filterWords(stderr);
    known.push({ name, use, command, words, told: false });
    isNew = true;
  }
  return isNew;
}

/** Whether one of a filter's programs is among those that were ended. */
function isAmong(
  commands: Record<string, string>,
  { commands: ended }: HungHelper,
): boolean {
  const words = ended.flatMap((command) =>
    command.split(/\s+/).map((word) => word.replace(/.*\//, ""))
  );
  return Object.values(commands)
    .some((command) => words.includes(programOf(command)));
}

/** What git says if a filter that it needs fails. */
const FAILED = /: (clean|smudge) filter '?(.+?)'? failed$/m;

/** What it says if the process of a filter does not even begin; nothing names it. */
const HUNG_UP = /^fatal: the remote end hung up unexpectedly/m;

function isWriting([command, ...rest]: readonly string[]): boolean {
  return command !== undefined &&
    (WRITING.includes(command) ||
      command.startsWith("-") && isWriting(rest));
}

/** What the filter itself said, as far as that can be told from what git says. */
function filterWords(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !/^(fatal|warning|hint): /.test(line));
  const chosen =
    lines.find((line) => !line.startsWith("error: ") && BAD.test(line)) ??
      lines.find((line) => !line.startsWith("error: ")) ?? lines[0] ??
      "(nothing)";
  return oneLine(chosen, 300);
}

/** Signs of a reason, among lines that tell of progress. */
const BAD = /error|fail|denied|refused|not found|cannot|unable|no such/i;

/** What has failed since it was last told, each in words with a remedy. */
export function tellFailedFilters(env: Record<string, string>): string[] {
  const failed = [...failures.get(env)?.values() ?? []].flat()
    .filter(({ told }) => !told);
  for (const one of failed) one.told = true;
  return failed.map(({ name, use, command, words }) => {
    const program = programOf(command);
    const effect = use === "smudge"
      ? "files stay as git stores them (with git-lfs, as pointers)"
      : "files are recorded as they are on disk";
    return `${program} failed as ${use} filter "${name}", so ${effect}: ${words}; install or repair ${program}${
      program !== "git-lfs"
        ? ""
        : use === "smudge"
        ? ', then run "git lfs pull" there'
        : ', and run "git lfs status" before you commit'
    }`;
  });
}
