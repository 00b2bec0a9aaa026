import { join } from "@std/path";
import { type TmuxServer, tmuxServerAt } from "../../src/tmux/server.ts";
import type { PaneRequest } from "../../src/tmux/pane_commands.ts";
import {
  type PrivateTmux,
  reservePrivateTmux,
  startPrivateTmux,
} from "../support/private_tmux.ts";
import { ensureTmux } from "../support/tools.ts";
import {
  type TemporaryFolder,
  temporaryFolder,
} from "../support/temporary_folder.ts";
import { until } from "../support/until.ts";

/** A tmux of a test, and the folder that it lies in. */
export interface TmuxStage extends AsyncDisposable {
  folder: string;
  tmux: PrivateTmux;
  server: TmuxServer;
  /** A pane for a program that stays until it is ended. */
  request(change?: Partial<PaneRequest>): PaneRequest;
}

export interface TmuxStageOptions {
  /** The size of session `main`; without one, no server runs yet. */
  size?: [width: number, height: number];
  /** The name of the folder that holds the socket. */
  folderName?: string;
}

/** Makes a private tmux with nothing of the user's in it. */
export async function tmuxStage(
  options: TmuxStageOptions = {},
): Promise<TmuxStage> {
  await ensureTmux();
  const folder: TemporaryFolder = await temporaryFolder();
  const dir = join(folder.path, options.folderName ?? "t");
  const [width, height] = options.size ?? [];
  const env = {
    HOME: folder.path,
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    SHELL: "/bin/sh",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    // Helper servers of agentctl lie there.
    TMUX_TMPDIR: folder.path,
  };
  const tmux = width === undefined || height === undefined
    ? await reservePrivateTmux({ dir, env })
    : await startPrivateTmux({ dir, width, height, env });
  return {
    folder: folder.path,
    tmux,
    server: tmuxServerAt(tmux.socket, env),
    request: (change = {}) => ({
      argv: ["sleep", "1000"],
      folder: "/",
      env: {},
      callerPane: null,
      session: "ai",
      workspaceKey: "0123456789abcdef",
      ...change,
    }),
    async [Symbol.asyncDispose]() {
      await tmux.kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Waits until a file is there and gives its text. */
export async function fileText(path: string): Promise<string> {
  return await until(
    `"${path}" holds something`,
    () => Deno.readTextFile(path).catch(() => ""),
  );
}
