import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  runTmux,
  tmuxArgument,
  tmuxServer,
  TmuxSilent,
  tmuxText,
} from "../../src/tmux/server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { tmuxStage } from "./stage.ts";

Deno.test("tmuxServer() takes the server of the caller's TMUX, then the configured one, then tmux's own", () => {
  const env = { TMUX: "/tmp/a b/socket,12,3" };
  assertEquals(tmuxServer(env, "name").socket, ["-S", "/tmp/a b/socket"]);
  assertEquals(tmuxServer({}, "name").socket, ["-L", "name"]);
  assertEquals(tmuxServer({}, "/run/x").socket, ["-S", "/run/x"]);
  assertEquals(tmuxServer({}, null).socket, []);
  assertEquals(tmuxServer({ TMUX: "" }, null).socket, []);
});

Deno.test("tmuxArgument() and tmuxText() make text safe for tmux", () => {
  assertEquals(tmuxArgument("a;"), "a\\;");
  assertEquals(tmuxArgument("a;b"), "a;b");
  assertEquals(tmuxText("#(x) 100% #{y};"), "##(x) 100%% ##{y}\\;");
});

Deno.test("runTmux() does not wait forever for a client that hangs", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(
    join(folder.path, "tmux"),
    "#!/bin/sh\nexec sleep 300\n",
    { mode: 0o755 },
  );
  const env = { PATH: `${folder.path}:${Deno.env.get("PATH")}` };
  await assertRejects(
    () => runTmux({ socket: [], env, patienceMs: 100 }, ["list-sessions"]),
    TmuxSilent,
    "has not answered for 0.1s",
  );
});

Deno.test({
  name: "runTmux() does not wait forever for a server that is stopped",
  // The stopped server keeps the output of the abandoned client open.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await tmuxStage({ size: [80, 24] });
    const server = { ...stage.server, patienceMs: 300 };
    const list = ["list-panes", "-a", "-F", "#{pid}"];
    const pid = Number((await runTmux(stage.server, list)).stdout);
    Deno.kill(pid, "SIGSTOP");
    try {
      await assertRejects(
        () => runTmux(server, list),
        TmuxSilent,
        `its server at "${stage.tmux.socket}" has not answered`,
      );
    } finally {
      Deno.kill(pid, "SIGCONT");
    }
    assertEquals((await runTmux(stage.server, list)).code, 0);
  },
});
