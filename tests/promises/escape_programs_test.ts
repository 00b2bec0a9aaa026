import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { exists } from "./forged_runs.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";

// A worker may write the folders of its project, and some stand on PATH: an
// activated .venv, node_modules/.bin. agentctl runs outside any sandbox.

const PROGRAMS = ["git", "tmux", "codex", "claude"];
const COMMANDS = [["start", "--prompt", "x"], ["list"], ["doctor"], ["orch"]];

Deno.test("no program is started that a worker has put on PATH", async () => {
  await using stage = await makeStage({ dir: OUT_OF_REACH });
  const bin = join(stage.repository.dir, ".venv", "bin");
  const mark = join(stage.scratch.dir, "evil");
  const plant = PROGRAMS.map((name) => ({
    write: {
      path: `.venv/bin/${name}`,
      text: `#!/bin/sh\necho "$0 $*" >> ${mark}\n`,
    },
  }));
  const id = await stage.start(steps("Work", ...plant, resultStep(true, "")));
  assertEquals((await stage.wait(id)).code, 0);
  for (const name of PROGRAMS) await Deno.chmod(join(bin, name), 0o755);

  const before = (folder: string) => ({
    cwd: stage.repository.dir,
    env: { PATH: `${folder}:${stage.env["PATH"]}` },
    // With the permissions of the binary, which cover the first program of a name.
    ownProcess: true,
  });
  const link = join(stage.scratch.dir, "link");
  await Deno.symlink(bin, link);
  for (const folder of [bin, link, ".venv/bin"]) {
    for (const command of COMMANDS) {
      const { stdout, stderr } = await stage.agentctl(command, before(folder));
      assertEquals(
        await exists(mark),
        false,
        `${folder}: ${command}: ${stdout}${stderr}`,
      );
      if (folder === bin && command[0] !== "list") {
        const words = `${stdout}${stderr}`.replaceAll(/\s+/g, " ");
        assertStringIncludes(words, "a worker may have put it");
      }
    }
  }

  // Nor what agentctl calls besides: doctor asks df.
  for (const name of PROGRAMS) await Deno.remove(join(bin, name));
  await Deno.writeTextFile(join(bin, "df"), `#!/bin/sh\necho >> ${mark}\n`, {
    mode: 0o755,
  });
  await stage.agentctl(["doctor"], before(bin));
  assertEquals(await exists(mark), false, "df");

  // What a worker puts there later is passed over, by a supervisor that had started before.
  const next = await stage.agentctl(
    ["start", "--verify", "true"],
    { ...before(bin), stdin: steps("Again", ...plant, resultStep(true, "")) },
  );
  assertEquals(next.code, 0, next.stderr);
  const ended = await stage.wait(next.stdout.trim());
  assertEquals([ended.code, await exists(mark)], [0, false]);

  // As a control: where nothing says that a worker has been there.
  for (const name of PROGRAMS) await Deno.chmod(join(bin, name), 0o755);
  await Deno.truncate(join(stage.workspace, "worker_folders.jsonl"));
  await stage.agentctl(["doctor"], before(bin));
  assert(await exists(mark), "The control does not act");
  await Deno.remove(mark);
  for (const name of PROGRAMS) await Deno.remove(join(bin, name));
  await stage.agentctl(["doctor"], before(bin));
  assert(await exists(mark), "The control of df does not act");
});
