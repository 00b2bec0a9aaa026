import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { makeGitRepository } from "./git_repository.ts";
import { makeScratch } from "./scratch.ts";

Deno.test("makeGitRepository() commits the same files under the same id", async () => {
  await using scratch = await makeScratch();
  const files = { "a.txt": "a\n", "deep/b.txt": "b\n" };
  const one = await makeGitRepository(join(scratch.dir, "one"), files);
  const two = await makeGitRepository(join(scratch.dir, "two"), files);
  assertEquals(
    await one.git("rev-parse", "HEAD"),
    await two.git("rev-parse", "HEAD"),
  );
  assertEquals(await one.git("ls-files"), "a.txt\ndeep/b.txt\n");
  assertEquals(await one.git("status", "--porcelain", "--branch"), "## main\n");
});
