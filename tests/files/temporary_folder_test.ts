import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { makeTemporaryFolder } from "../../src/files/temporary_folder.ts";
import { temporaryFolder } from "../workspace/temporary_folder.ts";

Deno.test("makeTemporaryFolder() uses the home folder once agentctl has one there and may write it", async () => {
  await using folder = await temporaryFolder();
  const env = { HOME: folder.path, TMPDIR: join(folder.path, "system") };
  const root = join(folder.path, ".ai-orch");
  const own = join(root, "tmp");
  const place = async () => dirname(await makeTemporaryFolder(env, "test"));
  await Deno.mkdir(env.TMPDIR);
  assertEquals(await place(), env.TMPDIR);
  await Deno.mkdir(root);
  // In place of a file system that is read-only.
  await Deno.writeTextFile(own, "");
  assertEquals(await place(), env.TMPDIR);
  await Deno.remove(own);
  assertEquals(await place(), own);
});

Deno.test("makeTemporaryFolder() removes what a killed command left behind, but no demo that was kept", async () => {
  await using folder = await temporaryFolder();
  const own = join(folder.path, ".ai-orch", "tmp");
  await Deno.mkdir(own, { recursive: true });
  for (
    const name of ["agentctl-diff-old", "agentctl-demo-old", "agentctl-git-new"]
  ) {
    const path = join(own, name);
    await Deno.mkdir(path);
    if (name.endsWith("old")) await Deno.utime(path, 0, 0);
  }
  const made = await makeTemporaryFolder({ HOME: folder.path }, "x");
  assertEquals(
    [...Deno.readDirSync(own)].map(({ name }) => join(own, name)).sort(),
    [join(own, "agentctl-demo-old"), join(own, "agentctl-git-new"), made],
  );
});
