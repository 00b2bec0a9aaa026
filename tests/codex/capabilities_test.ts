import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import type { CodexCapabilities } from "../../src/codex/capability_cache.ts";
import { probeCodex } from "../../src/codex/capabilities.ts";
import { probeAppServer } from "../../src/codex/app_server_probe.ts";
import { findCodex, STAND_IN_MARK } from "../../src/codex/program.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { makeScratch, type Scratch } from "../support/scratch.ts";

interface FakeAnswers {
  version?: string;
  exec?: string;
  resume?: string;
  /** What the program writes to stderr before it ends with exit code 1. */
  refuses?: string;
  /** What "codex sandbox" writes to stderr before it ends with exit code 2. */
  sandbox?: string;
  /** What it knows of its app-server's protocol; without it, it has none. */
  schema?: string;
  /** What it writes to stderr, before it ends with exit code 2, when asked for that. */
  app_server?: string;
}

async function helpOf(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`help/${name}.txt`, import.meta.url));
}

/** Installs a package as npm does; each call of its program adds a line to the file `calls`. */
async function installFake(scratch: Scratch, answers: FakeAnswers) {
  const bin = join(scratch.dir, "package", "bin");
  await Deno.mkdir(bin, { recursive: true });
  await Deno.writeTextFile(
    join(scratch.dir, "package", "package.json"),
    JSON.stringify({ type: "commonjs", version: answers.version ?? "9.9.9" }),
  );
  const script = `#!/usr/bin/env node
const answers = ${JSON.stringify(answers)};
const words = process.argv.slice(2).join(" ");
require("fs").appendFileSync(${
    JSON.stringify(join(scratch.dir, "calls"))
  }, words + "\\n");
if (answers.refuses) {
  process.stderr.write(answers.refuses);
  process.exitCode = 1;
} else if (answers.sandbox !== undefined && words.startsWith("sandbox ")) {
  process.stderr.write(answers.sandbox);
  require("fs").writeFileSync(${
    JSON.stringify(join(scratch.dir, "probed"))
  }, process.env.CODEX_HOME);
  process.exitCode = 2;
} else if (words.startsWith("app-server ")) {
  process.stderr.write(answers.app_server ?? "");
  if (answers.schema === undefined) process.exitCode = 2;
  else for (const name of ["ClientRequest", "ServerNotification"]) {
    require("fs").writeFileSync(process.argv.at(-1) + "/" + name + ".json", answers.schema);
  }
} else if (words === "--version") {
  process.stdout.write("codex-cli " + (answers.version ?? "9.9.9") + "\\n");
} else if (words === "exec --help") process.stdout.write(answers.exec ?? "");
else if (words === "exec resume --help") process.stdout.write(answers.resume ?? "");
`;
  await Deno.writeTextFile(join(bin, "codex.js"), script);
  await Deno.chmod(join(bin, "codex.js"), 0o755);
  await Deno.remove(join(scratch.bin, "codex")).catch(() => {});
  await Deno.symlink(join(bin, "codex.js"), join(scratch.bin, "codex"));
}

async function probe(
  scratch: Scratch,
  cacheFile: string | null,
): Promise<CodexCapabilities> {
  const program = await findCodex(scratch.env);
  assert(program);
  return await probeCodex(program, { env: scratch.env, cacheFile });
}

async function countCalls(scratch: Scratch): Promise<number> {
  try {
    const calls = await Deno.readTextFile(join(scratch.dir, "calls"));
    return calls.split("\n").length - 1;
  } catch {
    return 0;
  }
}

Deno.test("probeCodex() reads the flags of today's Codex from its help", async () => {
  await using scratch = await makeScratch();
  await installFake(scratch, {
    version: "0.169.0",
    exec: await helpOf("0.169.0_exec"),
    resume: await helpOf("0.169.0_resume"),
  });
  const capabilities = await probe(scratch, null);
  assertEquals(capabilities.version, "0.169.0");
  assertEquals(capabilities.stand_in, false);
  for (const flag of ["-C", "--cd", "--json", "-o", "--thread-source"]) {
    assert(capabilities.exec_flags.includes(flag), flag);
  }
  // Named in the descriptions, but no options.
  for (const flag of ["--last", "--yolo"]) {
    assert(!capabilities.exec_flags.includes(flag), flag);
  }
  assert(capabilities.resume_flags.includes("--last"));
  assert(!capabilities.resume_flags.includes("-C"));
  assertEquals(capabilities.sandbox_modes, [
    "read-only",
    "workspace-write",
    "danger-full-access",
  ]);
  assertEquals(capabilities.profiles, "files");
});

Deno.test("probeCodex() sees that an older Codex has tables for profiles", async () => {
  await using scratch = await makeScratch();
  for (const version of ["0.128.0", "0.133.0"]) {
    await installFake(scratch, {
      version,
      exec: await helpOf(`${version}_exec`),
      resume: await helpOf("0.128.0_resume"),
    });
    const capabilities = await probe(scratch, null);
    assertEquals(capabilities.profiles, "tables");
    assert(!capabilities.exec_flags.includes("--thread-source"));
  }
});

Deno.test("probeCodex() sees that a Codex cannot resume", async () => {
  await using scratch = await makeScratch();
  const exec = await helpOf("0.169.0_exec");
  // Codex answers an unknown subcommand with the help of its parent.
  await installFake(scratch, { exec, resume: exec });
  assertEquals((await probe(scratch, null)).resume_flags, []);
});

Deno.test("probeCodex() refuses a Codex without exec and names its version", async () => {
  await using scratch = await makeScratch();
  const help = await helpOf("0.169.0_codex");
  await installFake(scratch, { version: "0.1.2", exec: help, resume: help });
  const error = await assertRejects(
    () => probe(scratch, null),
    AgentctlError,
    "Codex 0.1.2",
  );
  assertEquals(error.code, "environment");
  assert(error.message.includes('has no "codex exec"'), error.message);
});

Deno.test("probeCodex() passes on the words of a Codex that does not run", async () => {
  await using scratch = await makeScratch();
  await installFake(scratch, {
    refuses: "WARNING: x\nError: Missing optional dependency for linux\n",
  });
  const error = await assertRejects(
    () => probe(scratch, null),
    AgentctlError,
    "Missing optional dependency",
  );
  assertEquals(error.code, "environment");
});

Deno.test("probeCodex() asks a program only once, also for several at once", async () => {
  await using scratch = await makeScratch();
  const exec = await helpOf("0.169.0_exec");
  await installFake(scratch, { version: "1.0.0", exec });
  const cacheFile = join(scratch.dir, "cache", "codex.json");

  const [first, ...others] = await Promise.all(
    Array.from({ length: 5 }, () => probe(scratch, cacheFile)),
  );
  assertEquals(await countCalls(scratch), 4);
  for (const other of [...others, await probe(scratch, cacheFile)]) {
    assertEquals(other, first);
  }
  assertEquals(await countCalls(scratch), 4);

  await installFake(scratch, { version: "1.0.1", exec });
  assertEquals((await probe(scratch, cacheFile)).version, "1.0.1");
  assertEquals(await countCalls(scratch), 8);
});

Deno.test("probeCodex() asks where no worker writes, and remembers no failure that Codex does not explain", async () => {
  await using scratch = await makeScratch();
  const exec = await helpOf("0.169.0_exec");
  const cacheFile = join(scratch.dir, "codex.json");
  const failures: [sandbox: string, calls: number][] = [
    ["Error: config.toml: key with no value, expected `=`\n", 8],
    ["error: unexpected argument '-P' found\n", 4],
  ];
  for (const [index, [sandbox, calls]] of failures.entries()) {
    await installFake(scratch, { version: `1.0.${index}`, exec, sandbox });
    const before = await countCalls(scratch);
    for (let round = 0; round < 2; round++) {
      const { permission_profiles } = await probe(scratch, cacheFile);
      assertEquals(permission_profiles, false);
    }
    assertEquals(await countCalls(scratch) - before, calls, sandbox);
  }
  const probed = await Deno.readTextFile(join(scratch.dir, "probed"));
  assertEquals(dirname(probed), scratch.home);
  await Deno.mkdir(join(scratch.home, ".ai-orch"));
  await probe(scratch, null);
  assertEquals(
    dirname(await Deno.readTextFile(join(scratch.dir, "probed"))),
    join(scratch.home, ".ai-orch"),
  );
});

Deno.test("probeCodex() makes a corrupt cache again", async () => {
  await using scratch = await makeScratch();
  await installFake(scratch, { exec: await helpOf("0.169.0_exec") });
  const cacheFile = join(scratch.dir, "codex.json");
  for (const content of ["{", "[]", '{"x":{"version":1}}', "\xff"]) {
    await Deno.writeTextFile(cacheFile, content);
    assertEquals((await probe(scratch, cacheFile)).version, "9.9.9");
    const kept = Object.keys(JSON.parse(await Deno.readTextFile(cacheFile)));
    assertEquals(kept.length, 1, content);
  }
});

Deno.test("probeCodex() works without a cache that cannot be written", async () => {
  await using scratch = await makeScratch();
  await installFake(scratch, { exec: await helpOf("0.169.0_exec") });
  await Deno.writeTextFile(join(scratch.dir, "file"), "");
  const cacheFile = join(scratch.dir, "file", "codex.json");
  assertEquals((await probe(scratch, cacheFile)).version, "9.9.9");
});

Deno.test("probeCodex() starts no process for the stand-in", async () => {
  await using scratch = await makeScratch();
  const called = join(scratch.dir, "called");
  const script = `#!/bin/sh\n${STAND_IN_MARK}\ntouch '${called}'\n`;
  await Deno.writeTextFile(join(scratch.bin, "codex"), script);
  await Deno.chmod(join(scratch.bin, "codex"), 0o755);
  const capabilities = await probe(scratch, join(scratch.dir, "codex.json"));
  assertEquals(capabilities.stand_in, true);
  assertEquals(capabilities.version, "agentctl stand-in");
  await assertRejects(() => Deno.stat(called), Deno.errors.NotFound);
});

Deno.test("probeCodex() stops when it is aborted", async () => {
  await using scratch = await makeScratch();
  await installFake(scratch, { exec: await helpOf("0.169.0_exec") });
  const program = await findCodex(scratch.env);
  assert(program);
  const signal = AbortSignal.abort(new Error("enough"));
  const options = { env: scratch.env, cacheFile: null, signal };
  await assertRejects(() => probeCodex(program, options), Error, "enough");
});

Deno.test("probeAppServer() asks for all that agentctl says, and once of each program unless something else went wrong", async () => {
  const words = [
    ...["thread/start", "thread/resume", "turn/start", "turn/steer"],
    ...["turn/interrupt", "config/read", "outputSchema", "expectedTurnId"],
    ...["clientUserMessageId", "permissions", "approvalPolicy"],
    ...["approvalsReviewer", "turn/completed", "item/completed"],
    "serverRequest/resolved",
  ];
  const whole = JSON.stringify(words);
  const unknown = "error: unrecognized subcommand 'app-server'";
  const cases: [Partial<FakeAnswers>, boolean, number][] = [
    [{ schema: whole }, true, 1],
    [{ schema: whole.replace("turn/steer", "turn/steal") }, false, 1],
    [{ app_server: unknown }, false, 1],
    [{ app_server: "Error: out of memory" }, false, 2],
  ];
  for (const [answers, expected, asked] of cases) {
    await using scratch = await makeScratch();
    await installFake(scratch, {
      ...answers,
      exec: await helpOf("0.169.0_exec"),
      sandbox: "error: unexpected argument '-P'",
    });
    const cacheFile = join(scratch.dir, "cache.json");
    await probe(scratch, cacheFile);
    const before = await countCalls(scratch);
    const program = await findCodex(scratch.env);
    assert(program);
    for (let i = 0; i < 2; i++) {
      const answer = await probeAppServer(program, {
        env: scratch.env,
        cacheFile,
      });
      assertEquals(answer, expected, JSON.stringify(answers));
    }
    assertEquals(await countCalls(scratch) - before, asked);
  }
});
