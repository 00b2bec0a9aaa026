import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openLogFile } from "../../src/files/log_file.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const bytes = new TextEncoder().encode("line\n");

Deno.test({
  name: "openLogFile() keeps every byte, after what is there",
  // A log lasts as long as its process.
  sanitizeResources: false,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "events.jsonl");
    const errors: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const log = openLogFile(path, (error) => errors.push(error));
      log.write(bytes);
      log.write(new Uint8Array());
      log.write(new Uint8Array([255, 10]));
    }
    assertEquals(
      await Deno.readFile(path),
      new Uint8Array([...bytes, 255, 10, ...bytes, 255, 10]),
    );
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    assertEquals(errors, []);
  },
});

Deno.test({
  name: "openLogFile() tells once of a full disk and drops the rest",
  ignore: Deno.build.os !== "linux",
  sanitizeResources: false,
  fn() {
    const errors: unknown[] = [];
    const log = openLogFile("/dev/full", (error) => errors.push(error));
    for (let i = 0; i < 3; i++) log.write(bytes);
    assertEquals(errors.length, 1);
  },
});

Deno.test("openLogFile() tells once of a file that cannot be opened", async () => {
  await using folder = await temporaryFolder();
  const errors: unknown[] = [];
  const path = join(folder.path, "none", "events.jsonl");
  const log = openLogFile(path, (error) => errors.push(error));
  log.write(bytes);
  assertEquals(errors.length, 1);
});
