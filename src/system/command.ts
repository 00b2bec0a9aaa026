import { environmentError, messageOf } from "./errors.ts";
import { type ProgramName, programPath } from "./find_program.ts";
import { programEnvironment } from "./program_environment.ts";
import { tryOr } from "./ignore.ts";
import { tellChild, tellProgram } from "./tell_program.ts";
import { toBytes } from "./write_all.ts";

export interface CommandOptions {
  /** The whole environment of the program: nothing else is inherited. */
  env: Record<string, string>;
  /** The folder in which it runs; `/` by default, because programs, such as those of version managers, obey files in their folder. */
  cwd?: string;
  /** Bytes or text for stdin, which is closed afterwards; without it, stdin is empty. */
  stdin?: string | Uint8Array<ArrayBuffer>;
  signal?: AbortSignal;
  /** Called with the program's process id as soon as it runs. */
  onStart?: (pid: number) => void;
}

export interface CommandOutput {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end and returns what it printed. Never goes through a
 * shell. Throws an `environment` error if the program is not installed.
 */
export async function runCommand(
  program: ProgramName,
  args: string[],
  options: CommandOptions,
): Promise<CommandOutput> {
  const ended = tellProgram(program, args);
  let output: Deno.CommandOutput;
  try {
    const command = new Deno.Command(programPath(program, options.env), {
      args,
      cwd: options.cwd ?? "/",
      env: spawnEnvironment(options.env),
      clearEnv: true,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      signal: options.signal,
    });
    const child = command.spawn();
    options.onStart?.(child.pid);
    [output] = await Promise.all([
      child.output(),
      options.stdin === undefined
        ? null
        : writeAndClose(child.stdin, options.stdin),
    ]);
  } catch (error) {
    ended(messageOf(error));
    throw spawnError(program, error, options.cwd);
  }
  ended(output.code);
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/**
 * Starts a program whose output is read while it runs. Throws an `environment` error
 * if it is not installed.
 */
export function spawnProgram(
  program: ProgramName,
  args: string[],
  { env, cwd = "/", signal, stdin = "null" }:
    & Omit<CommandOptions, "stdin" | "onStart">
    & { stdin?: "null" | "piped" },
): Deno.ChildProcess {
  try {
    const child = new Deno.Command(programPath(program, env), {
      args,
      cwd,
      env: spawnEnvironment(env),
      clearEnv: true,
      stdin,
      stdout: "piped",
      stderr: "piped",
      signal,
    }).spawn();
    return tellChild(child, program, args);
  } catch (error) {
    throw spawnError(program, error, cwd);
  }
}

/** Passes on what a program prints, as it comes. */
export async function readChunks(
  stream: ReadableStream<Uint8Array>,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  for await (const bytes of stream) onBytes(bytes);
}

/** Writes everything and closes; it is not our error if the program has stopped reading. */
export async function writeAndClose(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  data: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(toBytes(data));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/**
 * What a program that we start gets of an environment: see
 * {@linkcode programEnvironment}. Deno refuses to start one with `LD_*` or `DYLD_*`
 * set unless it may run everything, so these are never passed on.
 */
export function spawnEnvironment(
  env: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(programEnvironment(env).env).filter(([name]) =>
      !/^(LD_|DYLD_)/.test(name)
    ),
  );
}

/** Says in one line why a program could not be started. */
export function spawnError(
  program: ProgramName,
  error: unknown,
  cwd?: string,
): Error {
  if (
    error instanceof Deno.errors.NotFound && cwd !== undefined &&
    !isDirectory(cwd)
  ) {
    return environmentError(
      `Cannot start ${program}: folder "${cwd}" does not exist`,
      error,
    );
  }
  if (
    error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotCapable
  ) {
    return environmentError(
      `Cannot start ${program}: no program of this name is on PATH; install ${program} or correct PATH`,
      error,
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}

function isDirectory(path: string): boolean {
  const why = "a folder that cannot be looked at counts as missing";
  return tryOr(() => Deno.statSync(path).isDirectory, false, why);
}
