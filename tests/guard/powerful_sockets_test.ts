import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { powerfulSockets } from "../../src/guard/powerful_sockets.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("powerfulSockets() names the sockets of the user's variables, but no folder that a worker needs", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const names = ["agent", "bus", "kitty", "mux,1", "vscode", "db"];
  const listeners = names.map((name) =>
    Deno.listen({ transport: "unix", path: at(name.replace(",1", "")) })
  );
  await Deno.mkdir(at("work"));
  const env = {
    SSH_AUTH_SOCK: at("agent"),
    DBUS_SESSION_BUS_ADDRESS: `unix:abstract=/tmp/x,guid=0;unix:guid=1,path=${
      at("bus")
    }`,
    KITTY_LISTEN_ON: `unix:${at("kitty")}`,
    TMUX: at("mux,1,2"),
    VSCODE_IPC_HOOK_CLI: at("vscode"),
    DB_SOCKET: at("db"),
    PWD: folder.path,
  };
  const hidden = (change: Record<string, string>, keepsAgent = false) =>
    powerfulSockets({ ...env, ...change }, {
      ...{ uids: [], keepsAgent, needed: [at("work"), "/tmp"] },
      passed: ["SSH_AUTH_SOCK", "DB_SOCKET"],
    }).filter((path) => path.startsWith(folder.path)).sort();
  try {
    const others = ["bus", "kitty", "mux", "vscode"].map(at);
    assertEquals(hidden({}), [at("agent"), ...others]);
    assertEquals(hidden({}, true), others);
    // Some use their temporary folder, or all of their work, as runtime folder.
    const all = ["agent", "bus", "db", "kitty", "mux", "vscode"].map(at);
    const found = hidden({ XDG_RUNTIME_DIR: folder.path });
    assertEquals([...new Set(found)], all);
    const runtime = at("runtime");
    assertEquals(hidden({ XDG_RUNTIME_DIR: runtime }).at(-2), runtime);
  } finally {
    for (const listener of listeners) listener.close();
  }
});
