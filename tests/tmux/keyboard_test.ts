import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pasteText, pressEnter, readScreen } from "../../src/tmux/keyboard.ts";
import { tmuxStage } from "./stage.ts";
import { until } from "../support/until.ts";

const TEXT = "it's #{pane_id} $(date) %H; ";

Deno.test("pasteText() and pressEnter() type a line as it is, the Enter only where the cursor still stands", async () => {
  await using stage = await tmuxStage({ size: [80, 10] });
  const { tmux, server } = stage;
  const pane = await tmux.run(
    ...["new-window", "-d", "-P", "-F", "#{pane_id}", "cat"],
  );
  await pasteText(server, pane, TEXT);
  await tmux.waitForText(pane, TEXT.trim());
  const screen = await readScreen(server, pane);
  assert(screen !== null);
  assertEquals(screen.cursor, { x: TEXT.length, y: 0 });
  assert(screen.takesKeys);
  assertEquals(await tmux.run("list-buffers"), "");

  await pressEnter(server, pane, { x: 3, y: 0 });
  await tmux.run("copy-mode", "-t", pane);
  assertEquals((await readScreen(server, pane))?.takesKeys, false);
  await pressEnter(server, pane, screen.cursor);
  await tmux.run("send-keys", "-t", pane, "-X", "cancel");
  assertEquals((await readScreen(server, pane))?.cursor, screen.cursor);
  await pressEnter(server, pane, screen.cursor);
  // cat gives the line back.
  const shown = await tmux.waitForText(pane, /\n.*date/);
  assertStringIncludes(shown, `${TEXT.trim()}\n${TEXT.trim()}`);
});

Deno.test("readScreen() gives null for a pane that is gone or dead, or no server", async () => {
  await using stage = await tmuxStage({ size: [80, 10] });
  const { tmux, server } = stage;
  assertEquals(await readScreen(server, "%99"), null);
  await tmux.run("set-option", "-g", "remain-on-exit", "on");
  const pane = await tmux.run(
    ...["new-window", "-d", "-P", "-F", "#{pane_id}", "true"],
  );
  const dead = ["display-message", "-p", "-t", pane, "#{pane_dead}"];
  await until(
    `the program in pane ${pane} ends`,
    async (see) => see(await tmux.run(...dead)) === "1",
  );
  assertEquals(await readScreen(server, pane), null);
  await tmux.run("set-option", "-w", "-t", "%0", "synchronize-panes", "on");
  assertEquals((await readScreen(server, "%0"))?.takesKeys, false);
  await tmux.kill();
  assertEquals(await readScreen(server, "%0"), null);
});
