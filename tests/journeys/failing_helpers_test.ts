import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";

const POINTER = "version https://git-lfs.github.com/spec/v1\n" +
  "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n" +
  "size 12345\n";

Deno.test("runs keep their diffs and their work if git-lfs fails, warn of it, and git gets the user's variables", async () => {
  await using stage = await makeStage({ dir: OUT_OF_REACH });
  const { repository, env, scratch } = stage;
  const path = (name: string) => join(repository.dir, name);
  await Deno.writeTextFile(path(".gitattributes"), "*.bin filter=lfs\n");
  await Deno.writeTextFile(path("data.bin"), POINTER);
  await repository.git("add", ".");
  await repository.git("commit", "-qm", "A pointer");
  const log = join(scratch.dir, "lfs.log");
  await Deno.writeTextFile(
    join(scratch.bin, "git-lfs"),
    `#!/bin/sh
echo "$1 $GIT_LFS_SKIP_SMUDGE $GIT_ASKPASS $GIT_SSH_VARIANT" >> "${log}"
echo "batch response: no network" >&2
exit 2
`,
    { mode: 0o755 },
  );
  await repository.git(
    ...["config", "--file", join(env["HOME"] ?? "", ".gitconfig")],
    ...["filter.lfs.process", "git-lfs filter-process"],
  );
  await repository.git(
    ...["config", "--file", join(env["HOME"] ?? "", ".gitconfig")],
    ...["filter.lfs.required", "true"],
  );
  await Deno.utime(path("data.bin"), 1, 1);
  Object.assign(env, {
    GIT_LFS_SKIP_SMUDGE: "0",
    GIT_ASKPASS: "/usr/bin/true",
    GIT_SSH_VARIANT: "simple",
  });
  const prompt = steps(
    "Write",
    { write: { path: "new.txt", text: "1\n" } },
    resultStep(true, "Wrote it"),
  );
  const ids = [
    await stage.start(prompt, "--worktree"),
    await stage.start(prompt),
  ];
  for (const id of ids) {
    const { record } = await stage.wait(id);
    assertEquals(record["status"], "finished", JSON.stringify(record));
    assertEquals(record["files_changed"], ["new.txt"]);
    const warnings = (record["warnings"] as string[]).join("\n");
    assertStringIncludes(warnings, "batch response: no network");
    assertStringIncludes(warnings, "install or repair git-lfs");
  }
  await Deno.remove(path("new.txt"));
  const merged = await stage.agentctl(["merge", ids[0] ?? ""]);
  assertEquals(merged.code, 0, merged.stderr);
  assertEquals(await Deno.readTextFile(path("data.bin")), POINTER);
  const lines = (await Deno.readTextFile(log)).trim().split("\n");
  assert(
    lines.every((line) => line === "filter-process 0 /usr/bin/true simple"),
    lines.join("\n"),
  );
});
