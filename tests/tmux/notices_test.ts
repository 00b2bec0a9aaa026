import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { displayMessage } from "../../src/tmux/notices.ts";
import { startPrivateTmux } from "../support/private_tmux.ts";
import { tmuxStage } from "./stage.ts";

Deno.test("displayMessage() shows the text as it is, on the client that looks at the target alone", async () => {
  await using stage = await tmuxStage({ size: [100, 20] });
  const { tmux, server, folder } = stage;
  await tmux.run("new-session", "-d", "-s", "other", "cat");
  await tmux.run("set-option", "-g", "display-time", "60000");
  await tmux.run("set-option", "-g", "status-right", "");
  // People are clients in the panes of another tmux.
  await using people = await startPrivateTmux({
    dir: join(folder, "people"),
    width: 120,
    height: 20,
  });
  const attach = (session: string) =>
    people.run(
      ...["new-window", "-d", "-P", "-F", "#{pane_id}"],
      `env -u TMUX tmux -S '${tmux.socket}' attach -t ${session}`,
    );
  const main = await attach("main");
  const other = await attach("other");
  await people.waitForText(main, "[main]");
  await people.waitForText(other, "[other]");

  const trap = join(folder, "trap");
  const text = `#(touch ${trap}) #{session_name} #[fg=red]x %H 100% ✓ -p "q";`;
  const pane = tmux.environment()["TMUX_PANE"] ?? "";
  assert(await displayMessage(server, pane, text));
  assertStringIncludes(await people.waitForText(main, "touch"), text);
  assert(!(await people.capture(other)).includes("touch"));
  assertEquals(await Deno.stat(trap).catch(() => null), null);

  assert(await displayMessage(server, "other:", "for a session;"));
  await people.waitForText(other, "for a session;");
  const [client = ""] = (await tmux.run(
    ...["list-clients", "-t", "main", "-F", "#{client_name}"],
  )).split("\n");
  assert(await displayMessage(server, client, "for a client"));
  await people.waitForText(main, "for a client");
});

Deno.test("displayMessage() tells that nobody sees it", async () => {
  await using stage = await tmuxStage({ size: [100, 20] });
  assertEquals(await displayMessage(stage.server, "main:", "x"), false);
  assertEquals(await displayMessage(stage.server, "gone:", "x"), false);
  assertEquals(await displayMessage(stage.server, "-x", "x"), false);
  await stage.tmux.kill();
  assertEquals(await displayMessage(stage.server, "main:", "x"), false);
});
