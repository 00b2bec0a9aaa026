import { join } from "@std/path";
import {
  type Answer,
  callShell,
  finish,
  type ModelServer,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { ensureCodex } from "../support/tools.ts";
import { makeStage, type Stage } from "../support/stage.ts";

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
}

type Env = Record<string, string>;

export interface AttackOptions {
  /** A Codex that knows no permission profiles, for the control: the same attack has to work with it. */
  unguarded?: boolean;
}

/** Makes a stage for attacks. */
export async function makeAttackStage(
  options: AttackOptions = {},
): Promise<AttackStage> {
  const server = startModelServer([]);
  const stage = await makeStage({ modelServer: server });
  if (options.unguarded) await useOldCodex(stage);
  return {
    stage,
    server,
    async attack(attacks, { words = [], before = [] } = {}) {
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
      const id = await stage.start("Attack", ...words);
      const { record } = await stage.wait(id);
      const through = [...Deno.readDirSync(proofs)].map(({ name }) => name);
      await Deno.remove(proofs, { recursive: true });
      return { record, through: through.sort() };
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await server.close();
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
