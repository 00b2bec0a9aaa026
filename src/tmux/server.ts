import { isAbsolute } from "@std/path";
import { type CommandOutput, runCommand } from "../system/command.ts";
import { ignored } from "../system/ignore.ts";
import { AgentctlError, environmentError } from "../system/errors.ts";

/** A tmux server, named by its socket. It need not be running. */
export interface TmuxServer {
  /** `-S path`, `-L name`, or nothing for tmux's own default. */
  socket: string[];
  /** The environment of the tmux client. */
  env: Record<string, string>;
  /** Ends the client when it is aborted. */
  signal?: AbortSignal;
  /** Without a signal, how long it may take to answer, in milliseconds. */
  patienceMs?: number;
}

/**
 * The server of a call: that of the caller's `$TMUX`, or else the configured
 * socket (a name or an absolute path), or else tmux's default. `env` is what the
 * client gets; a server that it starts keeps it.
 */
export function tmuxServer(
  env: Record<string, string>,
  configuredSocket: string | null,
): TmuxServer {
  const inherited = env["TMUX"]?.split(",")[0];
  if (inherited) return { socket: ["-S", inherited], env };
  if (configuredSocket === null) return { socket: [], env };
  return {
    socket: [isAbsolute(configuredSocket) ? "-S" : "-L", configuredSocket],
    env,
  };
}

/** The server behind a socket path. */
export function tmuxServerAt(
  socket: string,
  env: Record<string, string>,
): TmuxServer {
  return { socket: ["-S", socket], env };
}

/** tmux does not answer: its server is stopped, or hangs. */
export class TmuxSilent extends AgentctlError {
  override name = "TmuxSilent";
  constructor(socket: readonly string[], patienceMs: number) {
    super(
      "environment",
      `Cannot use tmux: its server${
        socket[1] === undefined ? "" : ` at "${socket[1]}"`
      } has not answered for ${
        patienceMs / 1_000
      }s; if it is stopped, continue or end it, and look for a command in tmux.conf that does not end`,
    );
  }
}

/** How long tmux may take to answer, however busy the machine is. */
const ANSWER_MS = 30_000;
const STEPS = 10;

/**
 * Runs tmux commands; `;` as an argument of its own separates them. Arguments
 * that are data rather than commands go through {@linkcode tmuxArgument}. Throws
 * {@linkcode TmuxSilent} if the server of a caller without a signal does not answer.
 */
export async function runTmux(
  server: TmuxServer,
  args: string[],
  stdin?: string,
): Promise<CommandOutput> {
  const { socket, env, signal, patienceMs = ANSWER_MS } = server;
  // -u: names with non-ASCII characters come back unchanged.
  const words = ["-u", ...socket, ...unaliased(args)];
  const run = (signal: AbortSignal) =>
    runCommand("tmux", words, { env, stdin, signal });
  if (signal !== undefined) return await run(signal);
  const silent = new AbortController();
  const answer = run(silent.signal);
  let timer: ReturnType<typeof setInterval> | undefined;
  const late = new Promise<never>((_, reject) => {
    let left = STEPS;
    // In steps, because this process may be stopped meanwhile, too: that counts as one.
    timer = setInterval(() => {
      if (--left > 0) return;
      reject(new TmuxSilent(socket, patienceMs));
      // Its end is not awaited: a stopped server has been handed its output, and keeps it open.
      answer.catch(ignored("it has been given up"));
      silent.abort();
    }, patienceMs / STEPS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearInterval(timer);
  }
}

/**
 * Shortens the names of tmux commands by a letter, which tmux completes: the
 * user's `command-alias` may give a whole name another meaning.
 */
export function unaliased(args: readonly string[]): string[] {
  return args.map((word, index) =>
    index === 0 || args[index - 1] === ";" ? word.slice(0, -1) : word
  );
}

/** Like {@linkcode runTmux}, but a refusal is an `environment` error with tmux's own words. */
export async function runTmuxOrThrow(
  server: TmuxServer,
  action: string,
  args: string[],
): Promise<string> {
  const output = await runTmux(server, args);
  if (output.code === 0) return output.stdout;
  throw tmuxError(action, output);
}

/** Turns tmux's answer into an `environment` error. */
export function tmuxError(action: string, output: CommandOutput): Error {
  const words = output.stderr.trim() || `exit code ${output.code}`;
  return environmentError(`Cannot ${action}: tmux says "${words}"`);
}

/**
 * Whether an answer means that no server is running, which is a state and not an
 * error. A server that is about to end has no sessions left, hence no target.
 */
export function isServerMissing(output: CommandOutput): boolean {
  return output.code !== 0 &&
    /no server running|error connecting to|server exited|lost server|no current target|no sessions/
      .test(output.stderr);
}

/** Escapes a `;` at the end of an argument, which tmux would interpret. */
export function tmuxArgument(text: string): string {
  return text.endsWith(";") ? text.slice(0, -1) + "\\;" : text;
}

/** Makes text safe where tmux expands formats: nothing in it is run or replaced. */
export function tmuxText(text: string): string {
  return tmuxArgument(text.replaceAll("#", "##").replaceAll("%", "%%"));
}
