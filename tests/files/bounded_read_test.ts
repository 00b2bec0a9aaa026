import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  openPlain,
  readBounded,
  readPart,
  readTextBounded,
} from "../../src/files/bounded_read.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const BOUNDS = { maxBytes: 100 };

async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] })
    .output();
  assertEquals(success, true);
}

Deno.test("readBounded() reads a plain file of up to so many bytes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  for (const length of [0, 1, 99, 100]) {
    await Deno.writeTextFile(path, "x".repeat(length));
    assertEquals((await readBounded(path, BOUNDS)).length, length);
  }
  await Deno.writeTextFile(path, "übung");
  assertEquals(await readTextBounded(path, BOUNDS), "übung");
  await Deno.writeTextFile(path, "x".repeat(101));
  await assertRejects(
    () => readBounded(path, BOUNDS),
    Error,
    "it has 101 bytes or more, and agentctl reads at most 100",
  );
});

Deno.test("readBounded() refuses a sparse file at once", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "sparse");
  await Deno.writeTextFile(path, "{");
  await Deno.truncate(path, 1 << 40);
  await assertRejects(() => readBounded(path, BOUNDS), Error, "bytes or more");
});

Deno.test("readBounded() refuses anything but a plain file, by its name", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await makePipe(at("pipe"));
  await Deno.writeTextFile(at("file"), "text");
  await Deno.symlink("file", at("link"));
  await Deno.symlink("pipe", at("link to a pipe"));
  using _socket = Deno.listen({ transport: "unix", path: at("socket") });
  const odd = [
    [at("pipe"), "it is a named pipe, not a file"],
    [at("link"), "it is a link, not a file"],
    [at("socket"), "it is a socket, not a file"],
    [folder.path, "it is a folder, not a file"],
    ["/dev/zero", "it is a device, not a file"],
  ] as const;
  for (const [path, words] of odd) {
    await assertRejects(() => readBounded(path, BOUNDS), Error, words);
    await assertRejects(() => openPlain(path, {}), Error, words);
  }
  await assertRejects(
    () => readBounded(at("missing"), BOUNDS),
    Deno.errors.NotFound,
  );
  const following = { ...BOUNDS, followLink: true };
  assertEquals(await readTextBounded(at("link"), following), "text");
  await assertRejects(
    () => readBounded(at("link to a pipe"), following),
    Error,
    "it is a named pipe, not a file",
  );
});

Deno.test("readPart() reads an end of a file, however long it is", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await Deno.writeTextFile(path, "0123456789");
  assertEquals(await readPart(path, "first", 3), "012");
  assertEquals(await readPart(path, "last", 3), "789");
  assertEquals(await readPart(path, "last", 30), "0123456789");
});
