import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { makeTemporaryFolder } from "../../src/files/temporary_folder.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("makeTemporaryFolder() uses the home folder once agentctl has one there and may write it", async () => {
  await using folder = await temporaryFolder();
  const env = { HOME: folder.path, TMPDIR: join(folder.path, "system") };
  const root = join(folder.path, ".ai-orch");
  const place = async () => dirname(await makeTemporaryFolder(env, "test"));
  await Deno.mkdir(env.TMPDIR);
  assertEquals(await place(), folder.path);
  await Deno.mkdir(root);
  assertEquals(await place(), root);
  // In place of a file system that is read-only.
  const nowhere = { HOME: join(folder.path, "none"), TMPDIR: env.TMPDIR };
  const elsewhere = await makeTemporaryFolder(nowhere, "test");
  assertEquals(dirname(elsewhere), env.TMPDIR);
});

const OLD = "agentctl-diff-0123abcd";

Deno.test("makeTemporaryFolder() removes what a killed command left behind, but no demo that was kept", async () => {
  await using folder = await temporaryFolder();
  const own = join(folder.path, ".ai-orch");
  await Deno.mkdir(own, { recursive: true });
  for (
    const name of [
      OLD,
      "agentctl-demo-0123abcd",
      "agentctl-git-0123abcd",
      "runs",
    ]
  ) {
    const path = join(own, name);
    await Deno.mkdir(path);
    if (!name.includes("git")) await Deno.utime(path, 0, 0);
  }
  const made = await makeTemporaryFolder({ HOME: folder.path }, "x");
  assertEquals(
    [...Deno.readDirSync(own)].map(({ name }) => join(own, name)).sort(),
    [
      ...["agentctl-demo-0123abcd", "agentctl-git-0123abcd", "runs"]
        .map((name) => join(own, name)),
      made,
    ].sort(),
  );
});
