import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { placePane } from "../../src/tmux/place_pane.ts";
import { tmuxServerAt } from "../../src/tmux/server.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { fileText, tmuxStage } from "./stage.ts";
import { until } from "../support/until.ts";

Deno.test("placePane() makes a large detached session when there is none", async () => {
  await using stage = await tmuxStage();
  const { tmux, server } = stage;
  const place = await placePane(server, stage.request());
  assertEquals(place, {
    pane_id: place.pane_id,
    window_id: place.window_id,
    session: "ai",
    socket: tmux.socket,
    risk: null,
  });
  assertEquals(
    await tmux.run(
      "list-windows",
      "-a",
      "-F",
      "#{session_name} #{window_name}",
    ),
    "ai agents",
  );
  const [width, height] = (await tmux.run(
    ...["display-message", "-p", "-t", place.pane_id],
    "#{window_width} #{window_height}",
  )).split(" ").map(Number);
  assertEquals(width, 220);
  assert(height === 49 || height === 50);
});

Deno.test("placePane() fills windows, then makes more, and all panes are large enough", async () => {
  await using stage = await tmuxStage();
  const { tmux, server } = stage;
  const places = [];
  for (let i = 0; i < 13; i++) {
    places.push(await placePane(server, stage.request()));
  }
  assertEquals(new Set(places.map((place) => place.pane_id)).size, 13);
  const windows = new Set(places.map((place) => place.window_id)).size;
  assert(windows >= 3 && windows <= 4);
  const names = await tmux.run("list-windows", "-a", "-F", "#{window_name}");
  assertEquals(
    names.split("\n").slice(0, 3),
    ["agents", "agents-2", "agents-3"],
  );
  const sizes = await tmux.run(
    "list-panes",
    "-a",
    "-F",
    "#{pane_width} #{pane_height}",
  );
  for (const line of sizes.split("\n")) {
    const [width = 0, height = 0] = line.split(" ").map(Number);
    assert(width >= 80 && height >= 15, sizes);
  }
});

Deno.test("placePane() uses a finished pane again", async () => {
  await using stage = await tmuxStage();
  const { server } = stage;
  const gate = join(stage.folder, "gate");
  const script = `until [ -e '${gate}' ]; do sleep 0.05; done; exit 3`;
  const first = await placePane(
    server,
    stage.request({ argv: ["sh", "-c", script] }),
  );
  const second = await placePane(server, stage.request());
  await Deno.writeTextFile(gate, "");
  await untilDead(stage, first.pane_id);
  const third = await placePane(server, stage.request());
  assertEquals(third, first);
  assert(second.pane_id !== first.pane_id);
  // Nothing is left to use again.
  const fourth = await placePane(server, stage.request());
  assert(![first.pane_id, second.pane_id].includes(fourth.pane_id));
});

Deno.test("placePane() starts programs in the folder that it is given", async () => {
  await using stage = await tmuxStage();
  const folder = join(stage.folder, "#{pane_id} %d");
  await Deno.mkdir(folder);
  // In a new window, beside another pane, and in a finished one.
  for (const name of ["window", "split", "reuse"]) {
    const seen = join(stage.folder, name);
    const script = `pwd > '${seen}.part'; mv '${seen}.part' '${seen}'` +
      (name === "window" ? "; sleep 1000" : "");
    const { pane_id } = await placePane(
      stage.server,
      stage.request({ argv: ["sh", "-c", script], folder }),
    );
    assertEquals(await fileText(seen), `${folder}\n`, name);
    if (name === "split") await untilDead(stage, pane_id);
  }
});

Deno.test("placePane() keeps a finished pane on the screen, without a word of tmux in it", async () => {
  await using stage = await tmuxStage();
  const argv = ["sh", "-c", "echo the last word"];
  const { pane_id } = await placePane(stage.server, stage.request({ argv }));
  await untilDead(stage, pane_id);
  const text = await stage.tmux.capture(pane_id);
  assertEquals(text.trim(), "the last word");
});

Deno.test("placePane() never touches the user's window, and takes the caller's session", async () => {
  await using stage = await tmuxStage({ size: [200, 50] });
  const { tmux, server } = stage;
  const callerPane = tmux.environment()["TMUX_PANE"] ?? "";
  await tmux.run("split-window", "-h", "-t", callerPane, "cat");
  await tmux.run("new-session", "-d", "-s", "ai", "cat");
  // A pane of the user's that has ended, and one window that is named like ours.
  await tmux.run("set-option", "-g", "remain-on-exit", "on");
  await tmux.run("new-window", "-d", "-t", "main:", "-n", "agents", "true");
  const before = await picture(stage, callerPane);
  for (let i = 0; i < 8; i++) {
    const place = await placePane(server, stage.request({ callerPane }));
    assertEquals(place.session, "main");
  }
  assertEquals(await picture(stage, callerPane), before);
  const names = await tmux.run(
    "list-windows",
    "-t",
    "main",
    "-F",
    "#{window_name}",
  );
  assert(names.split("\n").includes("agents-2"));
  assertEquals(
    await tmux.run("list-windows", "-t", "=ai", "-F", "x"),
    "x",
  );
});

Deno.test("placePane() keeps the workers of two sessions apart", async () => {
  await using stage = await tmuxStage({ size: [200, 50] });
  const { tmux, server } = stage;
  const callerPane = tmux.environment()["TMUX_PANE"] ?? "";
  const otherPane = await tmux.run(
    ...["new-session", "-d", "-s", "other", "-P", "-F", "#{pane_id}", "cat"],
  );
  const sessionOf = async (callerPane: string | null) =>
    (await placePane(server, stage.request({ callerPane }))).session;
  for (const _ of [1, 2]) {
    assertEquals(await sessionOf(callerPane), "main");
    assertEquals(await sessionOf(otherPane), "other");
  }
  // The pane of a caller that has gone meanwhile: where workers are already.
  await tmux.run("kill-session", "-t", "=other");
  assertEquals(await sessionOf(otherPane), "main");
  assertEquals(await sessionOf(null), "ai");
});

Deno.test("placePane() outside tmux uses the session of exactly that name", async () => {
  await using stage = await tmuxStage({ size: [200, 50] });
  const { tmux, server } = stage;
  await tmux.run("new-session", "-d", "-s", "ai-other", "cat");
  const place = await placePane(server, stage.request());
  assertEquals(place.session, "ai");
  assertEquals(
    await tmux.run("list-windows", "-t", "=ai-other", "-F", "#{window_panes}"),
    "1",
  );
  const again = await placePane(server, stage.request());
  assertEquals(again.session, "ai");
});

Deno.test("placePane() leaves the windows of another workspace alone", async () => {
  await using stage = await tmuxStage();
  const mine = await placePane(stage.server, stage.request());
  const other = await placePane(
    stage.server,
    stage.request({ workspaceKey: "ffff" }),
  );
  assert(mine.window_id !== other.window_id);
});

Deno.test("placePane() of two workspaces that make the session at once succeeds for both", async () => {
  await using stage = await tmuxStage();
  const keys = ["aaaa", "bbbb", "cccc", "dddd"];
  const places = await Promise.all(
    keys.map((workspaceKey) =>
      placePane(stage.server, stage.request({ workspaceKey }))
    ),
  );
  assertEquals(places.map((place) => place.session), ["ai", "ai", "ai", "ai"]);
  assertEquals(new Set(places.map((place) => place.window_id)).size, 4);
});

Deno.test("placePane() hands over words and variables as they are and runs nothing in them", async () => {
  await using stage = await tmuxStage({ folderName: "with a space" });
  const file = join(stage.folder, "words");
  const trap = join(stage.folder, "trap");
  const words = [
    "two words",
    "",
    ";",
    "a;",
    "a\\;",
    "\\",
    "#",
    "##",
    "#{pane_id}",
    `#(touch ${trap})`,
    `$(touch ${trap})`,
    `\`touch ${trap}\``,
    `; touch ${trap}`,
    "'\"",
    "%H%%",
    "line\nbreak",
    "-e",
    "--",
    "ünï✓",
    "$HOME",
    "~",
    "{end}",
  ];
  const script = `printf '<%s>' "$MARK" "$@" > '${file}.new'
    mv '${file}.new' '${file}'; sleep 1000`;
  for (let round = 0; round < 3; round++) {
    const mark = `${words.join(" ")};`;
    const { pane_id, socket } = await placePane(
      stage.server,
      stage.request({
        argv: ["sh", "-c", script, "sh", ...words],
        env: { MARK: mark },
      }),
    );
    assertEquals(socket, stage.tmux.socket);
    assertEquals(
      await fileText(file),
      [mark, ...words].map((word) => `<${word}>`).join(""),
    );
    await Deno.remove(file);
    // Next in a split window, then in a finished pane.
    if (round === 1) {
      await stage.tmux.run(
        ...["respawn-pane", "-k", "-t", pane_id, "sh", "-c", "exit 0"],
      );
      await untilDead(stage, pane_id);
    }
  }
  assertEquals(await Deno.stat(trap).catch(() => null), null);
});

Deno.test("placePane() says in tmux's words why there is no pane", async () => {
  await using stage = await tmuxStage();
  const server = tmuxServerAt(
    join(stage.folder, "none", "socket"),
    stage.server.env,
  );
  const error = await assertRejects(
    () => placePane(server, stage.request()),
    AgentctlError,
    'Cannot make tmux session "ai": tmux says "',
  );
  assertEquals(error.exitCode, 5);
});

type Stage = Awaited<ReturnType<typeof tmuxStage>>;

/** All that the user sees and has set: layout, focus, sizes, options. */
async function picture(stage: Stage, paneId: string): Promise<string[]> {
  const { tmux } = stage;
  return [
    await tmux.run(
      ...["display-message", "-p", "-t", paneId],
      "#{window_layout} #{window_id} #{session_windows_active} #{window_name}",
    ),
    await tmux.run(
      ...["list-panes", "-t", paneId, "-F"],
      "#{pane_id} #{pane_active} #{pane_in_mode} #{pane_title}",
    ),
    await tmux.run(
      ...["display-message", "-p", "-t", "main:", "#{window_id} #{pane_id}"],
    ),
    await tmux.run("show-options", "-t", "main"),
    await tmux.run("show-options", "-g"),
    await tmux.run("show-options", "-g", "-w"),
    await tmux.run("show-options", "-w", "-t", paneId),
    await tmux.run("show-options", "-w", "-t", "=main:=agents"),
    await tmux.run("list-panes", "-t", "=main:=agents", "-F", "#{pane_dead}"),
  ];
}

async function untilDead(stage: Stage, paneId: string): Promise<void> {
  const look = ["display-message", "-p", "-t", paneId, "#{pane_dead}"];
  await until(
    `pane ${paneId} is dead`,
    async (see) => see(await stage.tmux.run(...look)) === "1",
  );
}
