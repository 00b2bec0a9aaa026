import { dirname, join } from "@std/path";
import { codexHome } from "../codex/profiles.ts";
import type { FleetContext } from "../workspace/context.ts";
import { initRepository } from "../git/init_repository.ts";
import { standInLauncher } from "../stand_in/launcher.ts";
import { delay } from "../system/delay.ts";
import { ignore, instead } from "../system/ignore.ts";
import { denoFolder, selfCommand } from "../system/self_command.ts";
import { infoAt } from "../files/exists.ts";
import {
  makeTemporaryFolder,
  SYSTEM_PLACE,
} from "../files/temporary_folder.ts";
import { DEFAULT_CONFIG } from "../workspace/config.ts";
import { isLocked } from "../files/lock.ts";
import { isServerMissing, runTmux, tmuxServerAt } from "../tmux/server.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import { type Caller, ensureState } from "../workspace/workspace.ts";
import { DEMO_FILES } from "./scenario.ts";

/** Where the demo takes place, away from anything of the user's. */
export interface Playground {
  folder: string;
  repository: string;
  socket: string;
  context: FleetContext;
  /** Ends the private tmux server and removes the folder; runs that have not ended are ended first. */
  remove(): Promise<void>;
}

/** Makes a folder that is the home of a git repository, a workspace, a private tmux socket and, for the stand-in, a `codex`. */
export async function makePlayground(
  caller: Caller,
  options: { standIn: boolean },
): Promise<Playground> {
  const folder = await makeFolder(caller.env);
  try {
    return await furnish(caller, folder, options);
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

async function furnish(
  caller: Caller,
  folder: string,
  options: { standIn: boolean },
): Promise<Playground> {
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
      await endServer(socket, env);
      await supervisorsGone(root);
      await removeFolder(folder);
    },
  };
}

/** In the home folder only if there is no other place. */
async function makeFolder(env: Record<string, string>): Promise<string> {
  const info = await infoAt(SYSTEM_PLACE);
  const mode = info?.mode ?? 0o777;
  // Others could put a folder of theirs in its place.
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
    return await makeTemporaryFolder(env, "demo");
  }
  const place = await Deno.realPath(SYSTEM_PLACE);
  const folder = join(
    place,
    `agentctl-demo-${crypto.randomUUID().slice(0, 8)}`,
  );
  return await Deno.mkdir(folder, { mode: 0o700 }).then(
    () => folder,
    (error) => {
      ignore(error, "the home folder has room for the demo");
      return makeTemporaryFolder(env, "demo");
    },
  );
}

/** A call may be cut off, as by Ctrl-C in the terminal: so it ends only once tmux says that there is none. */
const MOST_KILLS = 5;

async function endServer(
  socket: string,
  env: Record<string, string>,
): Promise<void> {
  const server = tmuxServerAt(socket, env);
  for (let count = 0; count < MOST_KILLS; count++) {
    if (isServerMissing(await runTmux(server, ["kill-server"]))) return;
  }
}

/** What ends meanwhile may still write there. */
const MOST_REMOVALS = 20;
const REMOVAL_PAUSE_MS = 100;

async function removeFolder(folder: string): Promise<void> {
  for (let count = 1; count < MOST_REMOVALS; count++) {
    const isRemoved = await Deno.remove(folder, { recursive: true })
      .then(
        () => true,
        instead(false, "what still ends wrote into the folder"),
      );
    if (isRemoved) return;
    await delay(REMOVAL_PAUSE_MS);
  }
  await Deno.remove(folder, { recursive: true });
}

/** How long a supervisor may take for that on a busy machine. */
const SUPERVISOR_END_MS = 30_000;

/** A supervisor still writes something after the end of its run, and holds the run's lock until then. */
async function supervisorsGone(root: string): Promise<void> {
  for await (const { name } of Deno.readDir(join(root, "runs"))) {
    await isLocked(join(root, "runs", name, "lock"), SUPERVISOR_END_MS);
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
