import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { findCodex, STAND_IN_MARK } from "../../src/codex/program.ts";

async function folder(): Promise<string> {
  return await Deno.realPath(await Deno.makeTempDir({ prefix: "agentctl-" }));
}

async function putProgram(path: string, content: string, mode = 0o755) {
  await Deno.writeTextFile(path, content);
  await Deno.chmod(path, mode);
}

Deno.test("findCodex() returns the first executable on PATH", async () => {
  const root = await folder();
  for (const name of ["a", "b", "c", "d"]) await Deno.mkdir(join(root, name));
  await Deno.mkdir(join(root, "a", "codex"));
  await putProgram(join(root, "b", "codex"), "no program", 0o644);
  await putProgram(join(root, "c", "codex"), "\x7fELF");
  await putProgram(join(root, "d", "codex"), "\x7fELF");
  const path = ["a", "missing", "b", "c", "d"].map((name) => join(root, name));

  const program = await findCodex({ PATH: ["", ...path].join(":") });

  assertEquals(program?.path, join(root, "c", "codex"));
  assertEquals(program?.kind, "native");
  assertEquals(await findCodex({ PATH: join(root, "a") }), null);
  assertEquals(await findCodex({}), null);
  await Deno.remove(root, { recursive: true });
});

Deno.test("findCodex() tells a wrapper and the stand-in by their first lines", async () => {
  const root = await folder();
  const program = join(root, "codex");
  const kind = async (content: string) => {
    await putProgram(program, content);
    return (await findCodex({ PATH: root }))?.kind;
  };
  assertEquals(await kind("#!/usr/bin/env node\n// Codex\n"), "wrapper");
  assertEquals(
    await kind(`#!/bin/sh\n${STAND_IN_MARK}\nexec x\n`),
    "stand-in",
  );
  assertEquals(
    await kind(`#!/bin/sh\necho "${STAND_IN_MARK}"\n`),
    "wrapper",
  );
  await Deno.remove(root, { recursive: true });
});

Deno.test("findCodex() gives npm's wrapper another key when only the package changes", async () => {
  const root = await folder();
  const bin = join(root, "package", "bin");
  await Deno.mkdir(bin, { recursive: true });
  const script = join(bin, "codex.js");
  await putProgram(script, "#!/usr/bin/env node\n");
  await Deno.symlink(script, join(root, "codex"));
  const keyOf = async (version: string) => {
    const file = join(root, "package", "package.json");
    await Deno.writeTextFile(file, JSON.stringify({ version }));
    return (await findCodex({ PATH: root }))?.key;
  };
  const first = await keyOf("1.0.0");
  assertEquals(await keyOf("1.0.0"), first);
  assertNotEquals(await keyOf("1.0.1"), first);
  await Deno.remove(root, { recursive: true });
});

Deno.test("findCodex() gives no key to a script that does not tell its version", async () => {
  const root = await folder();
  await putProgram(join(root, "codex"), "#!/bin/sh\nexec other-codex\n");
  assertEquals((await findCodex({ PATH: root }))?.key, "");
  await Deno.remove(root, { recursive: true });
});
