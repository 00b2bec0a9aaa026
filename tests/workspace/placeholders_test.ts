import { assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { holdPlaceholders } from "../../src/workspace/placeholders.ts";
import { runSource, sourceUrl } from "../system/source_process.ts";
import { makeScratch } from "../support/scratch.ts";

const HOLD_AND_DIE = `
import { holdPlaceholders } from ${sourceUrl("src/workspace/placeholders.ts")};
await holdPlaceholders(Deno.args[0], [Deno.args[1]]);
Deno.exit(0);
`;

Deno.test("holdPlaceholders() makes what is missing, and takes it away with the last holder", async () => {
  await using scratch = await makeScratch();
  const registry = join(scratch.dir, "registry");
  const path = join(scratch.dir, "folder");
  const inside = join(path, "inside");
  const first = await holdPlaceholders(registry, [path, inside]);
  const second = await holdPlaceholders(registry, [path]);
  assertEquals(await exists(inside), true);
  await first.release();
  assertEquals(await exists(inside), false);
  assertEquals(await exists(path), true);
  await second.release();
  assertEquals(await exists(path), false);
});

Deno.test("holdPlaceholders() leaves what was there, and what somebody has filled", async () => {
  await using scratch = await makeScratch();
  const registry = join(scratch.dir, "registry");
  const own = join(scratch.dir, "own");
  const filled = join(scratch.dir, "filled");
  const file = join(scratch.dir, "file");
  await Deno.mkdir(own);
  await Deno.writeTextFile(file, "text");
  const holder = await holdPlaceholders(registry, [own, filled, file]);
  await Deno.writeTextFile(join(filled, "settings.json"), "{}");
  await holder.release();
  for (const path of [own, join(filled, "settings.json"), file]) {
    assertEquals(await exists(path), true, path);
  }
});

Deno.test("the next holder takes away what one that died has left", async () => {
  await using scratch = await makeScratch();
  const registry = join(scratch.dir, "registry");
  const path = join(scratch.dir, "folder");
  await runSource(HOLD_AND_DIE, { args: [registry, path] });
  assertEquals(await exists(path), true);
  const next = await holdPlaceholders(registry, [join(scratch.dir, "other")]);
  assertEquals(await exists(path), false);
  await next.release();
});

Deno.test("holdPlaceholders() holds for many at once", async () => {
  await using scratch = await makeScratch();
  const registry = join(scratch.dir, "registry");
  const path = join(scratch.dir, "folder");
  await Promise.all(Array.from({ length: 20 }, async () => {
    await using _holder = await holdPlaceholders(registry, [path]);
    assertEquals(await exists(path), true);
  }));
  assertEquals(await exists(path), false);
  assertEquals(
    [...Deno.readDirSync(registry)].map(({ name }) => name),
    ["lock"],
  );
});
