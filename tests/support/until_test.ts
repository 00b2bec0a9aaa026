import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { until, within } from "./until.ts";

Deno.test("until() gives what the condition gave, once it is something", async () => {
  let looks = 0;
  const found = await until("the third look", () => ++looks === 3 && "found");
  assertEquals([found, looks], ["found", 3]);
});

Deno.test("until() throws what did not happen, and what was seen last", async () => {
  let looks = 0;
  const { message } = await assertRejects(
    () =>
      until("the sun shines", (see) => see(`rain ${++looks}`) === "sun", {
        within: 30,
        every: 1,
      }),
    Error,
  );
  assertStringIncludes(message, "the sun shines: did not happen within 30 ms");
  assertStringIncludes(message, `last seen: rain ${looks}`);
});

Deno.test("until() does not wait for a look that never ends", async () => {
  await assertRejects(
    () => until("an answer", () => new Promise(() => {}), { within: 20 }),
    Error,
    "an answer: did not happen within 20 ms",
  );
});

Deno.test("until() looks again when a folder changes, and closes its watch", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "file");
  try {
    const found = until(
      "the file",
      () => Deno.readTextFile(path).catch(() => null),
      // Only a change lets it look a second time.
      { watch: folder, every: 50_000, within: 40_000 },
    );
    await Deno.writeTextFile(path, "text");
    assertEquals(await found, "text");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("within() passes results and errors on, and makes the error that it is told to", async () => {
  assertEquals(await within("one", Promise.resolve(1)), 1);
  await assertRejects(() => within("x", Promise.reject(new TypeError("no"))));
  await assertRejects(
    () =>
      within("an end", new Promise(() => {}), {
        within: 5,
        error: (message) => new RangeError(message),
        seen: () => ({ pid: 7 }),
      }),
    RangeError,
    "an end: did not happen within 5 ms; last seen: { pid: 7 }",
  );
});
