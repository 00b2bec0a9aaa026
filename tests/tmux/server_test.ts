import { assertEquals } from "@std/assert";
import { tmuxArgument, tmuxServer, tmuxText } from "../../src/tmux/server.ts";

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
