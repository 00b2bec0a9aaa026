import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { dropUselessTmpdir } from "../../src/supervisor/temporary_place.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("dropUselessTmpdir() keeps a TMPDIR that can be written, and takes away any other", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "");
  const kept: Record<string, string>[] = [{}, { TMPDIR: folder.path }];
  for (const env of kept) {
    const before = { ...env };
    assertEquals([await dropUselessTmpdir(env), env], [null, before]);
  }
  for (const TMPDIR of ["", "tmp", file, join(folder.path, "none"), "/proc"]) {
    const env: Record<string, string> = { TMPDIR, TMP: "kept" };
    const said = await dropUselessTmpdir(env);
    assertStringIncludes(said ?? "", `TMPDIR "${TMPDIR}", so the worker uses`);
    assertEquals(env, { TMP: "kept" });
  }
  assertEquals(Array.from(Deno.readDirSync(folder.path)).length, 1);
});
