import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { STAND_IN_MARK } from "../../src/codex/program.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { exists } from "./forged_runs.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";

// The shims of version managers (asdf, mise, rbenv and similar ones) start what a file
// of the folder names in which they are called, even a path: .tool-versions.

Deno.test("no version manager learns from a worker's folder which codex to start", async () => {
  await using stage = await makeStage({ dir: OUT_OF_REACH });
  const mark = join(stage.scratch.dir, "evil");
  const codex = join(stage.scratch.bin, "codex");
  const real = join(stage.scratch.bin, "codex-real");
  await Deno.rename(codex, real);
  await Deno.writeTextFile(
    codex,
    `#!/bin/sh\n${STAND_IN_MARK}\n[ -f .tool-versions ] && "$(cat .tool-versions)"\nexec "${real}" "$@"\n`,
    { mode: 0o755 },
  );
  const { dir } = stage.repository;
  const evil = join(dir, "evil");
  const plant = [
    { write: { path: "evil", text: `#!/bin/sh\ntouch "${mark}"\n` } },
    { write: { path: ".tool-versions", text: `${evil}\n` } },
  ];
  const prompt = steps("Work", ...plant, resultStep(true, ""));
  await stage.wait(await stage.start(prompt));
  await Deno.chmod(evil, 0o755);
  const again = steps("Again", resultStep(true, ""));
  const { record } = await stage.wait(
    await stage.start(again, "--verify", "true"),
  );
  await stage.agentctl(["doctor"]);
  assertEquals([record["status"], await exists(mark)], ["finished", false]);

  // The control: the shim obeys the file.
  await new Deno.Command(codex, {
    args: ["--version"],
    cwd: dir,
    env: stage.env,
  }).output();
  assert(await exists(mark), "The control does not act");
});
