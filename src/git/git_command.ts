import { runCommand, spawnProgram } from "../system/command.ts";
import { environmentError } from "../system/errors.ts";
import { oneLine } from "../text/sanitize.ts";
import {
  gitArguments,
  type GitCall,
  gitEnvironment,
  type Obedience,
} from "./git_call.ts";
import {
  type GitOutput,
  noteFailedFilter,
  withoutFailedFilters,
} from "./failing_filters.ts";
import { obedienceIn } from "./obedience.ts";
import { watchForPipes } from "./stuck_git.ts";
import { type HungHelper, watchHelpers } from "./stuck_helpers.ts";

/**
 * Runs git to its end without prompts, hooks, pager or translations. Of the
 * commands that a configuration names, only the user's run: see
 * {@linkcode obedienceIn}. A call that gives up because a filter fails is made
 * again without that filter, and one that hangs is ended. Throws an `environment`
 * error if git itself would wait forever, and the signal's reason as soon as it is aborted: git is ended, but a
 * filter that it started may hold its output open for much longer.
 */
export async function runGit(
  args: string[],
  call: GitCall,
): Promise<GitOutput> {
  for (;;) {
    const output = await runGitOnce(args, call);
    const isNew = await noteFailedFilter(args, call, output);
    if (output.code === 0 || !isNew) return output;
  }
}

/** Like {@linkcode runGit}, for a call that cannot simply be made again. */
export async function runGitOnce(
  args: string[],
  call: GitCall,
): Promise<GitOutput> {
  const { cwd, stdin, repository, env, patience } = call;
  call.signal?.throwIfAborted();
  const obedience = await obedienceIn(call);
  const stuck = new AbortController();
  const signal = call.signal
    ? AbortSignal.any([call.signal, stuck.signal])
    : stuck.signal;
  using _watch = repository && watchForPipes(repository.root, stuck);
  const over = new AbortController();
  let watching: Promise<HungHelper | null> | undefined;
  const running = runCommand("git", argumentsOf(args, call, obedience), {
    env: gitEnvironment(call, obedience),
    cwd,
    stdin,
    signal,
    onStart(pid) {
      if (!repository) return;
      watching = watchHelpers({ pid, env, over: over.signal, patience });
    },
  });
  try {
    const output = await untilAborted(running, signal);
    signal.throwIfAborted();
    over.abort();
    const hung = await watching ?? null;
    if (hung === null) return { ...output, hung };
    return {
      ...output,
      hung,
      stderr: `fatal: ${hung.words}\n${output.stderr}`,
    };
  } finally {
    over.abort();
  }
}

function argumentsOf(
  args: string[],
  call: GitCall,
  obedience: Obedience,
): string[] {
  const settings = [
    ...call.settings ?? [],
    ...withoutFailedFilters(args, call),
  ];
  return gitArguments(args, { ...call, settings }, obedience);
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() =>
    signal.removeEventListener("abort", onAbort)
  );
}

/** Starts the same call as {@linkcode runGit}, for a caller that reads the output as it comes. Throws an `environment` error if git is not installed. */
export async function spawnGit(
  args: string[],
  call: GitCall,
): Promise<Deno.ChildProcess> {
  const { cwd, signal } = call;
  const obedience = await obedienceIn(call);
  const env = gitEnvironment(call, obedience);
  const words = argumentsOf(args, call, obedience);
  return spawnProgram("git", words, { env, cwd, signal });
}

/** An `environment` error with git's own words in one line. */
export function gitError(what: string, stderr: string): Error {
  return environmentError(`${what}: git says: ${gitWords(stderr)}`);
}

/** Like {@linkcode runGit}, for calls that must not fail: returns stdout, or throws {@linkcode gitError}. */
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

/** The reason in what git wrote to stderr: everything from `fatal:` on, or else the errors, or else all of it. */
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
  const words = oneLine(chosen.join(" ")).replace(/^(fatal|error): /, "");
  return words === "" ? "(nothing)" : words.slice(0, 600);
}
