import { ensureDir } from "@std/fs";
import { join } from "@std/path";
import { until, WITHIN_MS } from "./until.ts";

/** A tmux of its own for one test. */
export interface PrivateTmux extends AsyncDisposable {
  /** Path of the socket; `tmux -S <socket>` talks to this server. */
  socket: string;
  /** Runs a tmux command and returns stdout without the last line break. Throws with the words of tmux if it fails. */
  run(...args: string[]): Promise<string>;
  /** The visible text of a pane. */
  capture(paneId: string): Promise<string>;
  /**
   * Waits until the visible text of a pane contains the text or matches, and
   * returns it. Throws with the text there is after `timeoutMs`.
   */
  waitForText(
    paneId: string,
    text: string | RegExp,
    options?: { timeoutMs?: number },
  ): Promise<string>;
  /** TMUX and TMUX_PANE as a program in the first pane sees them. */
  environment(): Record<string, string>;
  /** Ends the server and all that runs in it; does nothing if it is gone. */
  kill(): Promise<void>;
}

export interface PrivateTmuxOptions {
  /** Folder of the socket; a short path, since systems limit sockets to about 100 bytes. */
  dir: string;
  /** Columns of the first window. */
  width: number;
  /** Rows of the first window, without the status line. */
  height: number;
  /** The whole environment of the server. */
  env?: Record<string, string>;
}

/** Starts a tmux server with its own socket, without the user's settings, and with session `main` in it. */
export async function startPrivateTmux(
  options: PrivateTmuxOptions,
): Promise<PrivateTmux> {
  await ensureDir(options.dir);
  const place = {
    socket: socketIn(options.dir),
    env: options.env ?? plainEnv(options.dir),
  };
  const ids = await runTmux(place, [
    ...["new-session", "-d", "-s", "main", "-c", options.dir],
    ...["-x", String(options.width), "-y", String(options.height)],
    ...["-P", "-F", "#{pid} #{session_id} #{pane_id}"],
  ]);
  const [pid, session, pane] = ids.split(" ");
  return tmuxAt(place, {
    TMUX: `${place.socket},${pid},${session?.slice(1)}`,
    TMUX_PANE: `${pane}`,
  });
}

/**
 * A socket where no server runs yet. Its `environment()` has a TMUX that points
 * there, so that a server started by the program under test is a private one too.
 */
export async function reservePrivateTmux(
  options: Pick<PrivateTmuxOptions, "dir" | "env">,
): Promise<PrivateTmux> {
  await ensureDir(options.dir);
  const place = {
    socket: socketIn(options.dir),
    env: options.env ?? plainEnv(options.dir),
  };
  return tmuxAt(place, { TMUX: `${place.socket},0,0` });
}

interface Place {
  socket: string;
  env: Record<string, string>;
}

function tmuxAt(
  place: Place,
  environment: Record<string, string>,
): PrivateTmux {
  const run = (...args: string[]) => runTmux(place, args);
  const capture = (paneId: string) => run("capture-pane", "-p", "-t", paneId);

  async function waitForText(
    paneId: string,
    text: string | RegExp,
    { timeoutMs = WITHIN_MS }: { timeoutMs?: number } = {},
  ): Promise<string> {
    // tmux has no event for a changed screen without a client attached.
    return await until(`pane ${paneId} shows ${text}`, async (see) => {
      const screen = see(await capture(paneId));
      const shows = typeof text === "string"
        ? screen.includes(text)
        : text.test(screen);
      return shows && screen;
    }, { within: timeoutMs });
  }

  async function kill(): Promise<void> {
    await outputOf(place, ["kill-server"]);
  }

  return {
    socket: place.socket,
    run,
    capture,
    waitForText,
    environment: () => ({ ...environment }),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

function socketIn(dir: string): string {
  const socket = join(dir, "tmux.sock");
  if (new TextEncoder().encode(socket).length > 100) {
    throw new RangeError(
      `Cannot use "${socket}" as a socket: its path is longer than 100 bytes`,
    );
  }
  return socket;
}

function plainEnv(home: string): Record<string, string> {
  return {
    HOME: home,
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    SHELL: "/bin/sh",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
  };
}

async function runTmux(place: Place, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await outputOf(place, args);
  const decoder = new TextDecoder();
  if (code !== 0) {
    throw new Error(
      `tmux ${args.join(" ")} ended with ${code}: ${decoder.decode(stderr)}`,
    );
  }
  return decoder.decode(stdout).replace(/\n$/, "");
}

function outputOf(place: Place, args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("tmux", {
    args: ["-S", place.socket, "-f", "/dev/null", ...args],
    env: place.env,
    clearEnv: true,
    stdin: "null",
  }).output();
}
