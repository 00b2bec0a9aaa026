import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { reservePrivateTmux, startPrivateTmux } from "./private_tmux.ts";
import { makeScratch } from "./scratch.ts";
import { ensureTmux } from "./tools.ts";

Deno.test("startPrivateTmux() gives a window of the wanted size and the TMUX of its pane", async () => {
  await ensureTmux();
  await using scratch = await makeScratch();
  await using tmux = await startPrivateTmux({
    dir: scratch.dir,
    width: 133,
    height: 37,
  });
  const { TMUX, TMUX_PANE = "" } = tmux.environment();
  await tmux.run(
    "send-keys",
    "-t",
    TMUX_PANE,
    'echo "<$TMUX|$TMUX_PANE>"',
    "Enter",
  );
  await tmux.waitForText(TMUX_PANE, `<${TMUX}|${TMUX_PANE}>`);
  assertEquals(
    await tmux.run(
      "display-message",
      "-p",
      "#{session_name} #{window_width}x#{window_height}",
    ),
    "main 133x37",
  );
});

Deno.test("startPrivateTmux() gives its environment to panes and nothing else", async () => {
  await ensureTmux();
  await using scratch = await makeScratch();
  const env = { ...scratch.env, MARK: "here" };
  await using tmux = await startPrivateTmux({
    dir: scratch.dir,
    width: 80,
    height: 24,
    env,
  });
  const { TMUX_PANE = "" } = tmux.environment();
  await tmux.run(
    "send-keys",
    "-t",
    TMUX_PANE,
    'echo "<$MARK|$HOME|$DENO_TEST>"',
    "Enter",
  );
  await tmux.waitForText(TMUX_PANE, `<here|${scratch.home}|>`);
});

Deno.test("PrivateTmux.kill() ends the server and may be called again", async () => {
  await ensureTmux();
  await using scratch = await makeScratch();
  await using tmux = await startPrivateTmux({
    dir: scratch.dir,
    width: 80,
    height: 24,
  });
  await tmux.kill();
  await tmux.kill();
  await assertRejects(() => tmux.run("list-sessions"), Error, "list-sessions");
});

Deno.test("reservePrivateTmux() starts no server, but its TMUX leads one there", async () => {
  await ensureTmux();
  await using scratch = await makeScratch();
  await using tmux = await reservePrivateTmux({ dir: scratch.dir });
  await assertRejects(() => tmux.run("list-sessions"), Error);
  const { success } = await new Deno.Command("tmux", {
    args: ["new-session", "-d", "-s", "ours"],
    env: { ...scratch.env, ...tmux.environment() },
    clearEnv: true,
  }).output();
  assert(success);
  assertStringIncludes(await tmux.run("list-sessions"), "ours");
});

Deno.test("startPrivateTmux() refuses a folder too deep for a socket", async () => {
  await using scratch = await makeScratch();
  const dir = join(scratch.dir, "x".repeat(100));
  await assertRejects(
    () => startPrivateTmux({ dir, width: 80, height: 24 }),
    RangeError,
    "100 bytes",
  );
  assert(!(await exists(join(dir, "tmux.sock"))));
});
