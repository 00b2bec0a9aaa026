import {
  type CommandOutput,
  runCommand,
  spawnEnvironment,
  spawnProgram,
} from "./command.ts";
import { programEnvironment } from "./program_environment.ts";
import { runInTerminal } from "./terminal_program.ts";

/** What a shell script runs with. */
export interface ShellOptions {
  /** The whole environment of the script. */
  env: Record<string, string>;
  /** The PATH of the script, if that is another one: git itself may only be started from that of `env`. */
  path?: string;
  /** The folder in which it runs; `/` by default. */
  cwd?: string;
  /** The script's standard input; empty by default. */
  stdin?: string;
  signal?: AbortSignal;
}

/**
 * Keeps git from looking for a repository, whose configuration could determine
 * what it runs: a worker may have made any folder a repository.
 */
const NO_REPOSITORY = { GIT_DIR: "/dev/null" };

/** git passes its own variables on to what it starts; these are removed, so the script gets only its own. */
const PREAMBLE = [
  "unset GIT_CONFIG_PARAMETERS GIT_PREFIX GIT_EXEC_PATH GIT_DIR",
  'test -z "${AGENTCTL_SHELL_GIT_DIR+x}" || export GIT_DIR="$AGENTCTL_SHELL_GIT_DIR"',
  'eval "$AGENTCTL_SHELL_VARIABLES"',
  'cd -- "$AGENTCTL_SHELL_FOLDER" || exit 126',
  "agentctl_script=$AGENTCTL_SHELL_SCRIPT",
  "unset AGENTCTL_SHELL_VARIABLES AGENTCTL_SHELL_FOLDER AGENTCTL_SHELL_SCRIPT AGENTCTL_SHELL_GIT_DIR",
  'eval "$agentctl_script"',
].join("; ");

/**
 * The `git` call that runs a script of `/bin/sh`. The binary may start four
 * programs and signal only its own children; git, one of the four, runs the
 * aliases that begin with `!` through the shell, so the permission need not
 * include a shell. The script is in the environment, never in the arguments.
 */
function shellCall(
  script: string,
  options: Pick<ShellOptions, "env" | "path" | "cwd">,
): { args: string[]; env: Record<string, string> } {
  const gitDir = options.env["GIT_DIR"];
  return {
    args: ["-c", `alias.agentctl-shell=!${PREAMBLE}`, "agentctl-shell"],
    env: {
      ...spawnEnvironment(options.env),
      ...NO_REPOSITORY,
      ...gitDir !== undefined && { AGENTCTL_SHELL_GIT_DIR: gitDir },
      AGENTCTL_SHELL_SCRIPT: script,
      AGENTCTL_SHELL_FOLDER: options.cwd ?? "/",
      AGENTCTL_SHELL_VARIABLES: exportVariables({
        ...programEnvironment(options.env).withheld,
        // git puts its own folder in front.
        PATH: options.path ?? options.env["PATH"] ?? "/usr/bin:/bin",
      }),
    },
  };
}

/** Runs a script to its end. Throws an `environment` error if git is not installed. */
export function runShell(
  script: string,
  options: ShellOptions,
): Promise<CommandOutput> {
  const { args, env } = shellCall(script, options);
  const { stdin, signal } = options;
  return runCommand("git", args, { env, stdin, signal });
}

/** Starts a script whose output can be read while it runs, and its input written if that is `piped`. Throws an `environment` error if git is not installed. */
export function spawnShell(
  script: string,
  options: Omit<ShellOptions, "stdin"> & { stdin?: "null" | "piped" },
): Deno.ChildProcess {
  const { args, env } = shellCall(script, options);
  return spawnProgram("git", args, { env, stdin: options.stdin });
}

/**
 * Passes a text to a script that has the terminal, such as a pager, and waits for
 * its end. Meanwhile Ctrl-C belongs to the script. Returns its exit code.
 */
export async function pageThroughShell(
  script: string,
  text: string,
  options: Pick<ShellOptions, "env">,
): Promise<number> {
  const { args, env } = shellCall(script, options);
  return await runInTerminal("git", args, { env, cwd: "/", input: text });
}

/** Lines of `/bin/sh` that export variables. */
export function exportVariables(variables: Record<string, string>): string {
  return Object.entries(variables).map(([name, value]) =>
    `${name}=${shellQuote(value)}; export ${name}`
  ).join("\n");
}

/** A program and its arguments as a command of `/bin/sh`. */
export function shellCommand(argv: readonly string[]): string {
  return argv.map(shellQuote).join(" ");
}

/** Quotes a word for `/bin/sh`. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Like {@linkcode shellQuote}, but a word that needs no quotes gets none, for commands that users see. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word);
}
