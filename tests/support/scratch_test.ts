import { assert, assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { makeScratch, type Scratch } from "./scratch.ts";
import { ensureTmux } from "./tools.ts";
import { until } from "./until.ts";

function start(
  scratch: Scratch,
  program: string,
  ...args: string[]
): Promise<Deno.CommandOutput> {
  return new Deno.Command(program, { args, env: scratch.env, clearEnv: true })
    .output();
}

Deno.test("makeScratch() gives an environment without anything of the user's", async () => {
  await using scratch = await makeScratch();
  for (const name of ["HOME", "CODEX_HOME", "TMPDIR", "TMUX_TMPDIR"]) {
    assert(scratch.env[name]?.startsWith(scratch.dir), name);
    assert(await exists(scratch.env[name] ?? ""), name);
  }
  assertEquals(scratch.env.PATH?.split(":")[0], scratch.bin);
  assert(!("TMUX" in scratch.env));
  assert(!(await exists(join(scratch.env.CODEX_HOME ?? "", "config.toml"))));
});

Deno.test("makeScratch() lets a child run Deno with the modules that are here already", async () => {
  await using scratch = await makeScratch();
  const { code, stdout } = await start(
    scratch,
    join(scratch.bin, "deno"),
    ...["eval", "--no-lock", "--cached-only"],
    'import { join } from "npm:deno-std@1.3.1/path/mod.js"; console.log(join("a", "b"))',
  );
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "a/b\n"]);
});

Deno.test("makeScratch() removes everything and ends tmux servers on disposal", async () => {
  await ensureTmux();
  const scratch = await makeScratch();
  const { code } = await start(
    scratch,
    "tmux",
    "-f",
    "/dev/null",
    "new-session",
    "-d",
  );
  assertEquals(code, 0);
  const client = new Deno.Command("tmux", {
    args: ["-C", "attach"],
    env: scratch.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = client.stdout.getReader();
  await reader.read();
  await scratch[Symbol.asyncDispose]();
  assert(!(await exists(scratch.dir)));
  // A client ends only with its server, whatever becomes of the socket.
  await until("the client ends", async () => (await reader.read()).done, {
    every: 0,
  });
  await client.stdin.close();
  await client.status;
});
