import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { followLines } from "../../src/files/follow_lines.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { until, within } from "../support/until.ts";

Deno.test({
  name: "followLines() gives the last lines and then each new one",
  // The watch of the folder ends with the process.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "notify.log");
    await Deno.writeTextFile(path, "1\n2\n3\n");
    const lines = followLines(path, 2);
    assertEquals([await next(lines), await next(lines)], ["2", "3"]);
    const fourth = next(lines);
    await append(path, "4\n5\n");
    assertEquals([await fourth, await next(lines)], ["4", "5"]);
    const sixth = next(lines);
    // Something else in the folder is not a line.
    await Deno.writeTextFile(join(folder.path, "other"), "x\n");
    await append(path, "6\n");
    assertEquals(await sixth, "6");
  },
});

Deno.test({
  name: "followLines() waits for the end of a line, even within a character",
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "notify.log");
    const bytes = new TextEncoder().encode("grün → ✓\nnext\n");
    for (let cut = 1; cut < 13; cut++) {
      await Deno.writeTextFile(path, "first\n");
      await Deno.writeFile(path, bytes.subarray(0, cut), { append: true });
      const lines = followLines(path, 1);
      assertEquals(await next(lines), "first");
      const rest = next(lines);
      await Deno.writeFile(path, bytes.subarray(cut), { append: true });
      assertEquals([await rest, await next(lines)], ["grün → ✓", "next"]);
    }
  },
});

Deno.test({
  name:
    "followLines() takes no old line for a count of 0, and waits for a file that is not there",
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "notify.log");
    const early = followLines(path, 5);
    const first = next(early);
    await append(path, "1\n");
    assertEquals(await first, "1");

    let line: string | undefined;
    next(followLines(path, 0)).then((next) => line = next);
    // Nobody can tell from outside when it has looked for the first time.
    let last = 1;
    const seen = await until("a new line is told", async () => {
      await append(path, `${++last}\n`);
      return line;
    });
    assertNotEquals(seen, "1");
  },
});

Deno.test({
  name: "followLines() starts again when the file becomes shorter",
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "notify.log");
    await Deno.writeTextFile(path, "a long line\n");
    const lines = followLines(path, 1);
    await next(lines);
    const after = next(lines);
    await Deno.writeTextFile(path + ".new", "short\n");
    await Deno.rename(path + ".new", path);
    assertEquals(await after, "short");
  },
});

async function next(lines: AsyncGenerator<string>): Promise<string> {
  const { value } = await within("the next line is told", lines.next());
  return value;
}

function append(path: string, text: string): Promise<void> {
  return Deno.writeTextFile(path, text, { append: true });
}
