import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ensureCodex } from "../support/tools.ts";
import { makeAttackStage } from "./attack_stage.ts";
import { exists } from "./forged_runs.ts";
import { OUT_OF_REACH, temporaryFolder } from "../support/temporary_folder.ts";

// A worker writes in its project what any program without a sandbox runs
// if it loads it: the first node on PATH, or what NODE_OPTIONS names.

const PLANTED = ["node", "sh", "npm"];

Deno.test("real Codex: nothing loads what a worker has put where the environment points, but its commands", async () => {
  await using outOfReach = await temporaryFolder(OUT_OF_REACH);
  const dir = outOfReach.path;
  await using attacked = await makeAttackStage({ dir });
  const { stage, attack } = attacked;
  const folder = stage.repository.dir;
  const bin = join(folder, ".venv", "bin");
  // No sandbox may write there.
  const mark = join(stage.scratch.home, "loaded");
  const before = stage.env["PATH"] ?? "";
  // Once Codex has a snapshot of the shell, which may be before a command or after
  // it, the command has the PATH of the snapshot.
  const config = join(stage.env["CODEX_HOME"] ?? "", "config.toml");
  const settings = await Deno.readTextFile(config);
  await Deno.writeTextFile(
    config,
    settings.replace("[features]", "$&\nshell_snapshot = false"),
  );
  const program = (name: string) =>
    `#!/bin/sh\ntouch "${mark}" 2>&-\nreal=$(PATH="${before}"; command -v ${name})\nexec "$real" "$@"\n`;
  const hook = join(folder, "hook.cjs");
  const plant = {
    name: "plants",
    script: [
      `mkdir -p "${bin}"`,
      ...PLANTED.map((name) =>
        `printf '%s' '${
          program(name)
        }' > "${bin}/${name}" && chmod 755 "${bin}/${name}"`
      ),
      // deno run obeys NODE_OPTIONS too, unlike the binary.
      `echo 'if (!process.versions.deno) try { require("fs").writeFileSync("${mark}", "") } catch {}' > "${hook}"`,
    ].join(" && "),
  };
  assertEquals((await attack([plant])).through, ["plants"]);

  stage.env["PATH"] = `${bin}:${before}`;
  stage.env["NODE_OPTIONS"] = `--no-warnings --require "${hook}"`
    .replaceAll('"', "");
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify({ on_finish: `node --version` }),
  );
  await stage.agentctl([
    ...["add-project", "shop", folder, "--no-try"],
    ...["--setup", "node --version && npm --version"],
  ]);
  const asBefore = {
    name: "as before",
    // As Codex starts the login shell, whose profile may change PATH.
    script: [`PATH=.*${bin}:`, "NODE_OPTIONS=.*hook.cjs"].map((line) =>
      `tr '\\0' '\\n' < /proc/$PPID/environ | grep -q "^${line}"`
    ).join(" && "),
  };
  for (const words of [[], ["--project", "shop", "--worktree"]]) {
    const { record, through } = await attack([asBefore], {
      words: ["--verify", "node --version", ...words],
    });
    assertEquals(
      [record["status"], record["verified"], through],
      // What a worker in a worktree writes is not in the project.
      ["finished", true, words.length === 0 ? ["as before"] : []],
      `${words} ${record["summary"]} ${record["warnings"]}`,
    );
  }
  for (
    const words of [["doctor"], ["list"], ["add-project", "x", folder], [
      "inbox",
    ]]
  ) await stage.agentctl(words);
  assertEquals(await exists(mark), false);

  // The controls: Codex itself loads both.
  const codex = (env: Record<string, string>) =>
    new Deno.Command(`${bin}/sh`, {
      args: ["-c", 'exec "$0" --version', `${codexFolder}/codex`],
      env: { ...stage.env, ...env },
      clearEnv: true,
    }).output();
  const codexFolder = await ensureCodex();
  for (
    const env of [{ NODE_OPTIONS: "" }, { PATH: before }] as Record<
      string,
      string
    >[]
  ) {
    await codex(env);
    assert(await exists(mark), `The control does not act: ${Object.keys(env)}`);
    await Deno.remove(mark);
  }
});
