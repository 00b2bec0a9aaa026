import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { makeScratch } from "./scratch.ts";
import { cachedFolder, ensureCodex, ensureCompileRuntime } from "./tools.ts";

Deno.test("ensureCodex() gives a folder with the Codex that the tests are written for", async () => {
  await using scratch = await makeScratch();
  const { stdout } = await new Deno.Command(
    join(await ensureCodex(), "codex"),
    {
      args: ["--version"],
      env: scratch.env,
      clearEnv: true,
    },
  ).output();
  assertEquals(new TextDecoder().decode(stdout), "codex-cli 0.169.0\n");
});

Deno.test("ensureCompileRuntime() gives a program that deno compile can build on", async () => {
  const runtime = await ensureCompileRuntime();
  if (runtime === null) return;
  await using scratch = await makeScratch();
  await Deno.writeTextFile(
    join(scratch.dir, "hello.ts"),
    'console.log("hello")',
  );
  const compiled = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--no-config",
      "--no-lock",
      "--output",
      "hello",
      "hello.ts",
    ],
    cwd: scratch.dir,
    env: { ...scratch.env, DENORT_BIN: runtime },
    clearEnv: true,
  }).output();
  assert(compiled.success, new TextDecoder().decode(compiled.stderr));
  const { stdout } = await new Deno.Command(join(scratch.dir, "hello"))
    .output();
  assertEquals(new TextDecoder().decode(stdout), "hello\n");
});

Deno.test("ensureCodex() says what to install where there is no npm", async () => {
  await using scratch = await makeScratch();
  const support = join(scratch.dir, "tests", "support");
  await Deno.mkdir(support, { recursive: true });
  for (const name of ["tools.ts", "until.ts"]) {
    const source = new URL(`./${name}`, import.meta.url);
    await Deno.copyFile(source, join(support, name));
  }
  const script = `import { ensureCodex } from ${
    JSON.stringify(join(support, "tools.ts"))
  };
try { await ensureCodex(); } catch (error) { console.log(error.message); }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["eval", "--no-lock", "--quiet", "--config"],
      new URL("../../deno.json", import.meta.url).pathname,
      script,
    ],
    env: { ...scratch.env, PATH: scratch.bin },
    clearEnv: true,
  }).output();
  const message = new TextDecoder().decode(stdout);
  assertStringIncludes(message, "install Node.js");
  assertStringIncludes(message, "npm is not on PATH");
  assert(
    !(await exists(join(scratch.dir, "tests", ".cache", "codex-0.169.0"))),
  );
});

Deno.test("cachedFolder() makes each thing once, also one that another is made of", async () => {
  const made: string[] = [];
  const make = (name: string, of?: () => Promise<string>) => () =>
    cachedFolder(name, "program", async (staging) => {
      made.push(name);
      await of?.();
      await Deno.writeTextFile(join(staging, "program"), "");
    });
  const name = `test-${crypto.randomUUID()}`;
  const inner = make(`${name}-inner`);
  const outer = make(`${name}-outer`, inner);
  const folders = await Promise.all([outer(), inner(), outer()]);
  try {
    assertEquals(made.toSorted(), [`${name}-inner`, `${name}-outer`]);
  } finally {
    for (const folder of folders.slice(0, 2)) {
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(`${folder}.lock`);
    }
  }
});
