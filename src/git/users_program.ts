import { isAbsolute, resolve } from "@std/path";
import { exists } from "../files/exists.ts";
import { isWithin, realPathSoFar } from "../system/real_path.ts";
import type { WorkerReach } from "../system/worker_reach.ts";

/** Where a command in git's configuration would run, and what workers can write. */
export interface CommandPlace {
  /** The top level of the work tree, in which git starts it. */
  root: string;
  home: string | undefined;
  reach: WorkerReach;
}

/** The commands that `git lfs install` writes: the user's git-lfs and nothing else, whoever wrote them. */
const LFS =
  /^git-lfs (clean( --skip)? -- %f|smudge( --skip)? -- %f|filter-process( --skip)?)$/;

/** Programs that look in the current folder for what they run. */
const RUNS_OF_FOLDER =
  /^(npx|npm|pnpm|pnpx|yarn|yarnpkg|bunx|corepack|g?make|rake|bundle|bundler|poetry|uv|uvx|pdm|pipenv|hatch|tox|nox|pre-commit|cargo|go|just|task|mise|direnv|invoke|gradle|gradlew|mvn|dvc)$/;

/** Python looks in the current folder before its own modules, unless it is given a file or told not to. */
const PYTHON = /^(python|pypy)[\d.]*$/;

/** Programs that run whatever a word names; others interpret a word such as `clean` themselves. */
const INTERPRETER =
  /^((ba|da|z|k|fi|mk|pdk|a)?sh|busybox|node|deno|bun|ruby|perl|php|lua(jit)?|[gmn]?awk|sed|tclsh|Rscript|java|guile|\.|source|eval|exec|env|xargs|nice|nohup|timeout|sudo|doas|command)$/;

/** What can be read as a script, anywhere in a command. */
const SCRIPT =
  /\.(sh|bash|zsh|fish|py|rb|pl|js|mjs|cjs|ts|mts|php|lua|jar|awk|exe)$/i;

/** Whether a command does nothing but run git-lfs. */
export function isLfs(command: string): boolean {
  return LFS.test(command);
}

/**
 * Whether a command in git's configuration (a filter, a merge driver) runs
 * nothing that a worker could have written: it names no file of the work tree
 * or of another folder that workers write, and no program that looks for such
 * files itself. If the command's words do not show that, the answer is no.
 */
export async function isUsersProgram(
  command: string,
  { root, home, reach }: CommandPlace,
): Promise<boolean> {
  if (isLfs(command)) return true;
  const expanded = home === undefined
    ? command
    : command.replace(/\$HOME\b|\$\{HOME\}|(?<![^\s"'=])~(?=\/)/g, () => home);
  // Only the shell knows this path.
  if (/`|\$\(|\$\{?\w+\}?\//.test(expanded)) return false;
  const isTheirs = async (word: string) => {
    const path = resolve(root, word);
    const real = await realPathSoFar(path);
    return [path, real].some((name) =>
      isWithin(name, root) || reach.covers(name)
    );
  };
  for (const words of simpleCommands(expanded)) {
    if (words.some((_, index) => runsFiles(words.slice(index)))) return false;
    // The first word is looked up on PATH, not in the folder.
    const [program = "", ...rest] = words;
    const names = program.includes("/") ? [program, ...rest] : rest;
    const interprets = words.map(nameOf).some((name) =>
      INTERPRETER.test(name) || PYTHON.test(name)
    );
    for (const word of names) {
      for (const part of partsOf(word)) {
        const isPath = isAbsolute(part) || /^\.{1,2}(\/|$)/.test(part) ||
          SCRIPT.test(part) ||
          (interprets || part !== word) && await exists(resolve(root, part));
        if (isPath && await isTheirs(part)) return false;
      }
    }
  }
  return true;
}

/** Whether the first word is a program that looks in the current folder for what it runs. */
function runsFiles([program = "", ...rest]: string[]): boolean {
  const name = nameOf(program);
  if (RUNS_OF_FOLDER.test(name)) return true;
  if (!PYTHON.test(name)) return false;
  const next = rest.find((word) => !/^-[BdEOqsSuvx]+$/.test(word));
  return next === undefined || !/^(-[IP]+|[^-].*)$/.test(next);
}

/** The words of each command in a line of shell, including those of a quoted script (`sh -c`). */
function simpleCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  for (
    const [token] of line.matchAll(
      /(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s;&|()<>"'\\])+|[;&|()\n]+/gs,
    )
  ) {
    if (/^[;&|()\n]+$/.test(token)) commands.push([]);
    else commands.at(-1)?.push(token.replace(/["']|\\(?=.)/g, ""));
  }
  const inner = commands.flatMap((words) =>
    words.filter((word) => /\s/.test(word)).map((word) =>
      word.split(/[\s;&|()<>]+/)
    )
  );
  return [...commands, ...inner].map((words) =>
    words.filter((word) => !/^\w+=/.test(word) && !/^(%\w)?$/.test(word))
  ).filter((words) => words.length > 0);
}

function nameOf(program: string): string {
  return program.replace(/.*\//s, "");
}

/** A word, and what in it may be a file: the value of `--option=file` or of `-ffile`. */
function partsOf(word: string): string[] {
  const parts = [word, ...word.split(/[=,]+/)];
  const glued = /^-[A-Za-z](.+)$/.exec(word)?.[1];
  if (glued !== undefined) parts.push(glued);
  return [...new Set(parts)].filter((part) => part !== "");
}
