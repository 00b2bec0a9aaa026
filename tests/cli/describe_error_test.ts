import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { describeError } from "../../src/cli/describe_error.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("describeError() says what to do when a checkout was updated under a command that runs from it", async () => {
  await using folder = await temporaryFolder();
  const write = (name: string, text: string) =>
    Deno.writeTextFile(join(folder.path, name), text);
  await write("other.ts", "export const old = 1;");
  // What is loaded late has gone, or wants more than what is there.
  await write("newer.ts", 'import { added } from "./other.ts"; added;');
  for (const name of ["gone.ts", "newer.ts"]) {
    const url = `file://${join(folder.path, name)}`;
    const error = await import(url).catch((error) => error);
    const { code, message } = describeError(error);
    assertEquals(code, "environment", name);
    assertMatch(message, /^Cannot go on: .* run it again$/, name);
  }
  assertMatch(describeError(new TypeError("x")).message, /^Internal error/);
});
