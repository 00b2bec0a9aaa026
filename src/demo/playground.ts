import { dirname, join } from "@std/path";
import { codexHome } from "../codex/profiles.ts";
import type { FleetContext } from "../workspace/context.ts";
import { initRepository } from "../git/init_repository.ts";
import { standInLauncher } from "../stand_in/launcher.ts";
import { runCommand } from "../system/command.ts";
import { denoFolder, selfCommand } from "../system/self_command.ts";
import { makeTemporaryFolder } from "../files/temporary_folder.ts";
import { DEFAULT_CONFIG } from "../workspace/config.ts";
import { acquireLock } from "../files/lock.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import { type Caller, ensureState } from "../workspace/workspace.ts";
import { DEMO_FILES } from "./scenario.ts";

/** Where the demo takes place, away from anything of the user's. */
export interface Playground {
  folder: string;
  repository: string;
  socket: string;
  context: FleetContext;
  /** Ends the private tmux server and removes the folder. */
  remove(): Promise<void>;
}

/** Makes a folder that is the home of a git repository, a workspace, a private tmux socket and, for the stand-in, a `codex`. */
export async function makePlayground(
  caller: Caller,
  options: { standIn: boolean },
): Promise<Playground> {
  const folder = await makeTemporaryFolder(caller.env, "demo");
  const repository = join(folder, "shop");
  const socket = join(folder, "tmux.sock");
  const env: Record<string, string> = {
    ...caller.env,
    ...denoFolder(caller.env),
    HOME: folder,
    // The real Codex is the user's.
    CODEX_HOME: options.standIn
      ? join(folder, "codex-home")
      : codexHome(caller.env),
  };
  delete env["TMUX"];
  delete env["TMUX_PANE"];
  if (options.standIn) {
    await writeLauncher(join(folder, "bin", "codex"));
    env["PATH"] = `${join(folder, "bin")}:${env["PATH"] ?? ""}`;
    await Deno.mkdir(join(folder, "codex-home"));
  }
  await makeRepository(repository, env);
  const root = homeWorkspace(env);
  await ensureState({ root, state: root });
  const config = {
    ...DEFAULT_CONFIG,
    tmux_session: "demo",
    tmux_socket: socket,
  };
  return {
    folder,
    repository,
    socket,
    context: {
      workspace: { root, state: root, config, remarks: [] },
      caller: { cwd: repository, env },
    },
    async remove() {
      await supervisorsGone(root);
      await runCommand("tmux", ["-S", socket, "kill-server"], { env });
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A supervisor still writes something after the end of its run, and holds the run's lock until then. */
async function supervisorsGone(root: string): Promise<void> {
  for await (const { name } of Deno.readDir(join(root, "runs"))) {
    const lock = acquireLock(join(root, "runs", name, "lock"), {
      shared: true,
    });
    const patience = new Promise<null>((resolve) =>
      setTimeout(() => resolve(null), 5_000)
    );
    (await Promise.race([lock, patience]))?.release();
  }
}

async function writeLauncher(path: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, standInLauncher(selfCommand().argv), {
    mode: 0o755,
  });
}

async function makeRepository(
  folder: string,
  env: Record<string, string>,
): Promise<void> {
  await Deno.mkdir(folder);
  for (const [name, text] of Object.entries(DEMO_FILES)) {
    await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
    await Deno.writeTextFile(join(folder, name), text);
  }
  await initRepository(folder, {
    message: "A very small shop",
    name: "agentctl demo",
    email: "demo@localhost",
  }, env);
}
