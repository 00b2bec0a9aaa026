import {
  type CommandOutput,
  runCommand,
  spawnEnvironment,
} from "../system/command.ts";
import { environmentError } from "../system/errors.ts";
import { join, resolve } from "@std/path";
import type { Repository } from "./repository.ts";

/** How one call of git is made. */
export interface GitCall {
  /** The caller's whole environment. */
  env: Record<string, string>;
  cwd: string;
  /** Names the repository outright, so that git does not search for one: a `git init` in the folder changes nothing. */
  repository?: Repository;
  /** Folder with an index and objects of its own, used instead of the person's. */
  scratch?: string;
  /** New objects go to the repository all the same, at its own compression. */
  keepObjects?: boolean;
  /** It writes the index of the work tree, in the form that the person chose. */
  writesIndex?: boolean;
  /** Further settings, `name=value`, stronger than any configuration file. */
  settings?: string[];
  stdin?: string;
  signal?: AbortSignal;
}

/**
 * What may not run (fsmonitor, hooks, a pager) and what would change the
 * meaning of the output. Submodules are left as they are.
 */
const SETTINGS = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "color.ui=false",
  "submodule.recurse=false",
];

/** What would write outside of the scratch folder: with `core.splitIndex` git stores a part of any index in the git folder. */
const INDEX_SETTINGS = [
  "core.splitIndex=false",
  "core.untrackedCache=false",
  "index.sparse=false",
];

/** Variables of git that say where its programs, configuration and certificates are, not which repository is meant, and who commits. */
const KEPT_VARIABLES =
  /^GIT_((AUTHOR|COMMITTER)_(NAME|EMAIL)|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|ATTR_NOSYSTEM|ALTERNATE_OBJECT_DIRECTORIES|SSH|SSH_COMMAND|SSL_\w+)$/;

/**
 * Runs git to its end without prompts, hooks, pager or translations. Throws
 * the signal's reason as soon as it is aborted: git is ended, but a filter that
 * it started may hold its output open for much longer.
 */
export async function runGit(
  args: string[],
  call: GitCall,
): Promise<CommandOutput> {
  const { cwd, stdin, signal } = call;
  signal?.throwIfAborted();
  const running = runCommand("git", gitArguments(args, call), {
    env: gitEnvironment(call),
    cwd,
    stdin,
    signal,
  });
  const output = await (signal ? untilAborted(running, signal) : running);
  signal?.throwIfAborted();
  return output;
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() =>
    signal.removeEventListener("abort", onAbort)
  );
}

/** The same call as {@linkcode runGit}, for a caller who reads the output as it comes. */
export function gitCommand(args: string[], call: GitCall): Deno.Command {
  return new Deno.Command("git", {
    args: gitArguments(args, call),
    cwd: call.cwd,
    env: spawnEnvironment(gitEnvironment(call)),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: call.signal,
  });
}

/** The folder of the objects that a scratch folder holds. */
export function scratchObjects(scratch: string): string {
  return join(resolve(scratch), "objects");
}

/** The index of a scratch folder. */
export function scratchIndex(scratch: string): string {
  return join(resolve(scratch), "index");
}

/** An `environment` error with git's own words in one line. */
export function gitError(what: string, stderr: string): Error {
  return environmentError(`${what}: git says: ${gitWords(stderr)}`);
}

function gitArguments(args: string[], call: GitCall): string[] {
  const settings = [
    ...SETTINGS,
    ...call.writesIndex ? [] : INDEX_SETTINGS,
    ...call.settings ?? [],
  ];
  return [
    "--no-pager",
    ...settings.flatMap((setting) => ["-c", setting]),
    ...args,
  ];
}

/** The caller's environment without what would point git at another repository, index or program. */
function gitEnvironment(call: GitCall): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.env)) {
    if (
      name.startsWith("GIT_")
        ? KEPT_VARIABLES.test(name)
        : name !== "PWD" && name !== "LANGUAGE"
    ) {
      env[name] = value;
    }
  }
  Object.assign(env, {
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_PAGER: "cat",
    GIT_EDITOR: "false",
  });
  if (call.repository) {
    env.GIT_DIR = call.repository.git_dir;
    env.GIT_WORK_TREE = call.repository.root;
  }
  if (call.repository && call.scratch !== undefined) {
    const alternates = [
      alternateEntry(join(call.repository.common_dir, "objects")),
    ];
    if (env.GIT_ALTERNATE_OBJECT_DIRECTORIES) {
      alternates.push(env.GIT_ALTERNATE_OBJECT_DIRECTORIES);
    }
    env.GIT_INDEX_FILE = scratchIndex(call.scratch);
    if (call.keepObjects) return env;
    env.GIT_OBJECT_DIRECTORY = scratchObjects(call.scratch);
    env.GIT_ALTERNATE_OBJECT_DIRECTORIES = alternates.join(":");
  }
  return env;
}

/** The list is separated by colons; an entry that holds one has to be quoted as in C. */
function alternateEntry(path: string): string {
  return path.includes(":") ? `"${path.replace(/[\\"]/g, "\\$&")}"` : path;
}

/** As {@linkcode runGit}, for what must not fail: returns stdout, or throws {@linkcode gitError}. */
export async function git(
  what: string,
  args: string[],
  call: GitCall,
): Promise<string> {
  const output = await runGit(args, call);
  if (output.code !== 0) throw gitError(what, output.stderr);
  return output.stdout;
}

/** The id that a revision names; `null` if it names nothing. */
export async function revision(
  name: string,
  call: GitCall,
): Promise<string | null> {
  const output = await runGit(
    ["rev-parse", "--verify", "--quiet", "--end-of-options", name],
    call,
  );
  return output.code === 0 ? output.stdout.trim() : null;
}

/** The reason within what git wrote to stderr: from `fatal:` on, else the errors, else all of it. */
export function gitWords(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) =>
    line !== ""
  );
  const fatal = lines.findIndex((line) => line.startsWith("fatal:"));
  const errors = lines.filter((line) => line.startsWith("error:"));
  const chosen = fatal >= 0
    ? lines.slice(fatal)
    : errors.length > 0
    ? errors
    : lines;
  const words = chosen.join(" ").replace(/^(fatal|error): /, "").replace(
    /\p{Cc}+/gu,
    " ",
  );
  return words === "" ? "(nothing)" : words.slice(0, 600);
}
