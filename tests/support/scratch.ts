import { ensureDir } from "@std/fs";
import { dirname, join } from "@std/path";
import { removeFolder } from "./temporary_folder.ts";

/** A temporary home for one test, removed on disposal. */
export interface Scratch extends AsyncDisposable {
  dir: string;
  home: string;
  /** The first folder on PATH: put programs here. */
  bin: string;
  /** The whole environment for what the test starts; nothing of the user's is in it. */
  env: Record<string, string>;
}

/** Folders of the system on PATH. Whatever a test needs from elsewhere is linked into `bin`. */
const SYSTEM_PATH = ["/usr/bin", "/bin"];

/**
 * Makes a temporary home with a clean environment: HOME, CODEX_HOME, TMPDIR and
 * the sockets of tmux lie in it. Of the programs on the user's PATH only
 * `git`, `tmux`, `node` and `deno` are there. On disposal tmux servers that use
 * its default sockets end, and everything is removed. It lies in `dir`, else in
 * the system's temporary folder, where any worker may write.
 */
export async function makeScratch(
  options: { dir?: string } = {},
): Promise<Scratch> {
  // Without symbolic links, as processes see their folder (/tmp on macOS is one).
  const dir = await Deno.realPath(
    await Deno.makeTempDir({ ...options, prefix: "agentctl-" }),
  );
  const home = join(dir, "home");
  const bin = join(dir, "bin");
  const codexHome = join(dir, "codex");
  const tmp = join(dir, "tmp");
  const sockets = join(dir, "tmux");
  await Promise.all(
    [home, bin, codexHome, tmp, sockets].map((path) => ensureDir(path)),
  );
  const env: Record<string, string> = {
    HOME: home,
    PATH: [bin, ...SYSTEM_PATH].join(":"),
    SHELL: "/bin/sh",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    TMPDIR: tmp,
    TMUX_TMPDIR: sockets,
    CODEX_HOME: codexHome,
    DENO_DIR: await denoDir(),
    DENO_NO_UPDATE_CHECK: "1",
    GIT_CONFIG_NOSYSTEM: "1",
  };
  await Deno.symlink(Deno.execPath(), join(bin, "deno"));
  for (const program of ["git", "tmux", "node"]) {
    await linkProgram(program, bin);
  }
  return {
    dir,
    home,
    bin,
    env,
    async [Symbol.asyncDispose]() {
      await endTmuxServers(sockets, env);
      await removeFolder(dir);
    },
  };
}

/** Where this Deno keeps its downloads, so that a child with another HOME finds them. */
async function denoDir(): Promise<string> {
  const fromEnv = Deno.env.get("DENO_DIR");
  if (fromEnv !== undefined && fromEnv !== "") return fromEnv;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

async function linkProgram(program: string, bin: string): Promise<void> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = join(folder, program);
    if (folder === "" || !(await isFile(path))) continue;
    if (!SYSTEM_PATH.includes(dirname(path))) {
      await Deno.symlink(path, join(bin, program));
    }
    return;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function endTmuxServers(
  sockets: string,
  env: Record<string, string>,
): Promise<void> {
  for await (const user of Deno.readDir(sockets)) {
    if (!user.isDirectory) continue;
    for await (const socket of Deno.readDir(join(sockets, user.name))) {
      await new Deno.Command("tmux", {
        args: ["-S", join(sockets, user.name, socket.name), "kill-server"],
        env,
        clearEnv: true,
        stdout: "null",
        stderr: "null",
      }).output();
    }
  }
}
