import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { runCommand, spawnEnvironment } from "../../src/system/command.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("runCommand() gives the program the whole environment and nothing else", async () => {
  await using folder = await temporaryFolder();
  await Deno.symlink("/usr/bin/env", join(folder.path, "codex"));
  Deno.env.set("AGENTCTL_TEST_SECRET", "of the caller");
  try {
    const env = { PATH: folder.path, TITLE: "two words", EMPTY: "" };
    const output = await runCommand("codex", [], { env });
    assertEquals(output.code, 0);
    assertEquals(output.stdout.split("\n").sort(), [
      "",
      "EMPTY=",
      `PATH=${folder.path}`,
      "TITLE=two words",
    ]);
  } finally {
    Deno.env.delete("AGENTCTL_TEST_SECRET");
  }
});

Deno.test("runCommand() gives bytes to stdin and closes it, and returns both outputs and the code", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, "cat; echo words >&2; exit 7");
  const env = { PATH: `${folder.path}:/usr/bin:/bin` };
  const stdin = "“quotes” $(touch x)\n".repeat(50_000);
  assertEquals(await runCommand("codex", [], { env, stdin }), {
    code: 7,
    stdout: stdin,
    stderr: "words\n",
  });
  assertEquals((await runCommand("codex", [], { env })).stdout, "");
});

Deno.test("runCommand() does not mind a program that reads nothing of a large input", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, "exit 3");
  const env = { PATH: `${folder.path}:/usr/bin:/bin` };
  const stdin = new Uint8Array(4_000_000);
  assertEquals((await runCommand("codex", [], { env, stdin })).code, 3);
});

Deno.test("runCommand() passes arguments as they are, without a shell", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, `printf '<%s>' "$@"`);
  const env = { PATH: `${folder.path}:/usr/bin:/bin` };
  const args = ["$(touch x)", "a b", "", "'\"`", "*", "line\nbreak"];
  const { stdout } = await runCommand("codex", args, { env, cwd: folder.path });
  assertEquals(stdout, args.map((arg) => `<${arg}>`).join(""));
});

Deno.test("runCommand() throws one environment error for a program that is not there", async () => {
  await using folder = await temporaryFolder();
  const error = await assertRejects(
    () => runCommand("codex", [], { env: { PATH: folder.path } }),
    AgentctlError,
    "Cannot start codex: no program of this name is on PATH; install codex or correct PATH",
  );
  assertEquals([error.code, error.exitCode], ["environment", 5]);
});

Deno.test("runCommand() names a folder that does not exist", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, "exit 0");
  const cwd = join(folder.path, "gone");
  const env = { PATH: `${folder.path}:/usr/bin:/bin` };
  const error = await assertRejects(
    () => runCommand("codex", [], { env, cwd }),
    AgentctlError,
    `Cannot start codex: folder "${cwd}" does not exist`,
  );
  assertEquals(error.code, "environment");
});

Deno.test("runCommand() ends the program when its signal aborts", async () => {
  await using folder = await temporaryFolder();
  await program(folder.path, "exec sleep 1000");
  const env = { PATH: `${folder.path}:/usr/bin:/bin` };
  const signal = AbortSignal.timeout(50);
  assertEquals((await runCommand("codex", [], { env, signal })).code, 143);
});

Deno.test("spawnEnvironment() drops what a scoped program may not set", () => {
  const env = {
    LD_PRELOAD: "x",
    DYLD_INSERT_LIBRARIES: "x",
    OLD_LD_PRELOAD: "kept",
    PATH: "/bin",
  };
  assertEquals(spawnEnvironment(env), {
    OLD_LD_PRELOAD: "kept",
    PATH: "/bin",
  });
});

async function program(folder: string, script: string): Promise<void> {
  await Deno.writeTextFile(join(folder, "codex"), `#!/bin/sh\n${script}\n`, {
    mode: 0o755,
  });
}
