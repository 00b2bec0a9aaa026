import { dirname, join } from "@std/path";
import { OUT_OF_REACH, temporaryFolder } from "../support/temporary_folder.ts";

/** Where an attack takes place, out of the reach of workers but for the folder of the run that made it. */
export interface Ground extends AsyncDisposable {
  base: string;
  /** The folder in which the worker's run took place. */
  folder: string;
  /** Only a program of the worker's makes this file. */
  evidence: string;
  /** A command that makes the evidence and lets its input pass. */
  evil: string;
  env: Record<string, string>;
  /** Runs plain git as the user would, in the folder of the run unless told; whether it succeeds does not matter. */
  git(args: string[], cwd?: string): Promise<string>;
  /** Writes files as the worker could; paths from the folder of the run. */
  write(files: Record<string, string>): Promise<void>;
}

/** Folders out of the reach of workers, a home among them, and an environment that knows no other. */
export async function makeGround(): Promise<Ground> {
  const ground = await temporaryFolder(OUT_OF_REACH);
  const base = ground.path;
  const folder = join(base, "run");
  const home = join(base, "home");
  await Promise.all([folder, home].map((path) => Deno.mkdir(path)));
  await Deno.writeTextFile(
    join(home, ".gitconfig"),
    "[user]\n\tname = Test\n\temail = test@example.com\n",
  );
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
  };
  const evidence = join(base, "evidence");
  return {
    base,
    folder,
    evidence,
    evil: `touch ${evidence}; cat`,
    env,
    async git(args, cwd = folder) {
      const { stdout } = await new Deno.Command("git", {
        args,
        cwd,
        env: { ...env, GIT_EDITOR: "true", GIT_TERMINAL_PROMPT: "0" },
        clearEnv: true,
        stdin: "null",
      }).output();
      return new TextDecoder().decode(stdout);
    },
    write: (files) => writeFiles(folder, files),
    [Symbol.asyncDispose]: () => ground[Symbol.asyncDispose](),
  };
}

/** Writes files below a folder, with the folders that they need. */
export async function writeFiles(
  folder: string,
  files: Record<string, string>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
}
