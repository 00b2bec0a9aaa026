import { join } from "@std/path";
import {
  type Answer,
  callShell,
  finish,
  type ModelServer,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeCodexHome } from "../support/codex_home.ts";
import { ensureCodex } from "../support/tools.ts";
import { within } from "../support/until.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import {
  OUT_OF_REACH,
  removeFolder,
  temporaryFolder,
} from "../support/temporary_folder.ts";

/** A try to get out of a sandbox: a script for `/bin/sh` that succeeds if the try did. */
export interface Attack {
  name: string;
  script: string;
}

/** A stage on which the real Codex does what the attacks say. */
export interface AttackStage extends AsyncDisposable {
  stage: Stage;
  server: ModelServer;
  /** Lets a worker try all of them; returns its record, and the names of those that worked. */
  attack(
    attacks: readonly Attack[],
    options?: { words?: string[]; before?: readonly Answer[]; env?: Env },
  ): Promise<{ record: Record<string, unknown>; through: string[] }>;
  /**
   * Lets Codex alone try them, as it works without agentctl, with a home below
   * a temporary folder that it may write; returns the names of those that worked.
   */
  attackAlone(attacks: readonly Attack[], cwd?: string): Promise<string[]>;
}

type Env = Record<string, string>;

export interface AttackOptions {
  /**
   * A Codex that knows no permission profiles, for the control: the same attack
   * has to work with it. The home folder is out of its reach, for else no run
   * would start.
   */
  unguarded?: boolean;
  /** Where all of it lies; without it, in the temporary folder, where any worker may write. */
  dir?: string;
}

/** Makes a stage for attacks. */
export async function makeAttackStage(
  options: AttackOptions = {},
): Promise<AttackStage> {
  const server = startModelServer([]);
  const stage = await makeStage({
    modelServer: server,
    dir: options.dir,
  });
  const inReach = { ...stage.env };
  await using cleanup = new AsyncDisposableStack();
  if (options.unguarded) {
    await useOldCodex(stage);
    const away = cleanup.use(await temporaryFolder(OUT_OF_REACH)).path;
    stage.env["HOME"] = join(away, "home");
    stage.env["CODEX_HOME"] = join(away, "codex");
    await Deno.mkdir(stage.env["HOME"]);
    await makeCodexHome(stage.env["CODEX_HOME"], server.url);
  }
  /** Puts the attacks where Codex finds them; what it then returns tells which of them worked. */
  const prepare = async (
    attacks: readonly Attack[],
    before: readonly Answer[],
  ) => {
    const proofs = join(stage.repository.dir, "proofs");
    await Deno.mkdir(proofs, { recursive: true });
    const script = attacks.map(({ name, script }) =>
      `( cd "${stage.repository.dir}" && ${script} ) && touch "${proofs}/${name}"`
    ).join("\n");
    // Codex refuses some words on a command line, and no file.
    const file = join(stage.scratch.dir, "attack.sh");
    await Deno.writeTextFile(file, script);
    server.setScript(scriptByPrompt(() => [
      ...before,
      callShell(`sh "${file}"; true`),
      finish({ goal_met: true, summary: "", followup_prompt: "", notes: "" }),
    ]));
    return async () => {
      const through = [...Deno.readDirSync(proofs)].map(({ name }) => name);
      await removeFolder(proofs);
      return through.sort();
    };
  };
  const ends = cleanup.move();
  return {
    stage,
    server,
    async attack(attacks, { words = [], before = [] } = {}) {
      const throughOf = await prepare(attacks, before);
      const id = await stage.start("Attack", ...words);
      const { record } = await stage.wait(id);
      return { record, through: await throughOf() };
    },
    async attackAlone(attacks, cwd = stage.repository.dir) {
      const throughOf = await prepare(attacks, []);
      const child = new Deno.Command(join(await ensureCodex(), "codex"), {
        args: [
          ...["exec", "--json", "-s", "workspace-write"],
          ...["-C", cwd, "-"],
        ],
        env: inReach,
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode("Attack"));
      await writer.close();
      await within("Codex ends", child.output());
      return await throughOf();
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await server.close();
      await ends[Symbol.asyncDispose]();
    },
  };
}

/** Puts a script before Codex that refuses what older versions do not know. */
async function useOldCodex({ scratch, env }: Stage): Promise<void> {
  const real = join(await ensureCodex(), "codex");
  const bin = join(scratch.dir, "old");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(
    join(bin, "codex"),
    `#!/bin/sh\n[ "$1" != sandbox ] || { echo "error: unexpected argument '-P' found" >&2; exit 2; }\nexec "${real}" "$@"\n`,
    { mode: 0o755 },
  );
  env["PATH"] = `${bin}:${env["PATH"]}`;
}
