import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import {
  writeFileAtomic,
  writeJsonAtomic,
} from "../../src/files/atomic_file.ts";
import { runSource, sourceUrl } from "../system/source_process.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("writeFileAtomic() replaces the content and leaves nothing else, for the owner's eyes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  for (const content of ["old", "new and longer", ""]) {
    await writeFileAtomic(path, content);
    assertEquals(await Deno.readTextFile(path), content);
  }
  await writeFileAtomic(path, new Uint8Array([0, 255, 10]), { durable: false });
  assertEquals(await Deno.readFile(path), new Uint8Array([0, 255, 10]));
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  assertEquals(names(folder.path), ["file"]);
});

Deno.test("writeFileAtomic() sets the mode that is asked for", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "program");
  await writeFileAtomic(path, "#!/bin/sh\n", { mode: 0o700 });
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
});

Deno.test("writeFileAtomic() replaces the file of a link and never writes through an open one", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await writeFileAtomic(path, "old");
  using reader = await Deno.open(path);
  await writeFileAtomic(path, "new");
  const buffer = new Uint8Array(10);
  const length = await reader.read(buffer);
  assertEquals(
    new TextDecoder().decode(buffer.subarray(0, length ?? 0)),
    "old",
  );
});

Deno.test("writeFileAtomic() keeps the old content and no temporary file when it cannot write all", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await Deno.writeTextFile(path, "old");
  // A limit on file sizes stands for a full disk; it counts blocks of 512 bytes.
  const printed = await runSource(
    `import { writeFileAtomic } from ${sourceUrl("src/files/atomic_file.ts")};
     try {
       await writeFileAtomic(Deno.args[0], "x".repeat(100_000));
       console.log("written");
     } catch (error) {
       console.log(error instanceof Error ? error.message : error);
     }`,
    { args: [path], shell: `trap '' XFSZ; ulimit -f 8` },
  );
  assertStringIncludes(printed, "File too large");
  assertEquals(await Deno.readTextFile(path), "old");
  assertEquals(names(folder.path), ["file"]);
});

Deno.test("writeFileAtomic() leaves no temporary file when the name is taken by a folder", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "name");
  await Deno.mkdir(path);
  await assertRejects(() => writeFileAtomic(path, "x"), Error);
  assertEquals(names(folder.path), ["name"]);
});

Deno.test({
  name:
    "writeFileAtomic() changes nothing in a folder that may not be written to",
  ignore: Deno.uid() === 0,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "file");
    await writeFileAtomic(path, "old");
    await Deno.chmod(folder.path, 0o500);
    try {
      await assertRejects(
        () => writeFileAtomic(path, "new"),
        Deno.errors.PermissionDenied,
      );
      assertEquals(await Deno.readTextFile(path), "old");
      assertEquals(names(folder.path), ["file"]);
    } finally {
      await Deno.chmod(folder.path, 0o700);
    }
  },
});

Deno.test("writeFileAtomic() by many at once leaves the content of one of them", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  const contents = Array.from(
    { length: 50 },
    (_, i) => String(i % 10).repeat(100_000),
  );
  await Promise.all(
    contents.map((content) =>
      writeFileAtomic(path, content, { durable: false })
    ),
  );
  assert(contents.includes(await Deno.readTextFile(path)));
  assertEquals(names(folder.path), ["file"]);
});

Deno.test("writeJsonAtomic() writes JSON that people can read", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file.json");
  await writeJsonAtomic(path, { a: [1], b: "é" });
  assertEquals(
    await Deno.readTextFile(path),
    '{\n  "a": [\n    1\n  ],\n  "b": "é"\n}\n',
  );
});

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}
