import { assert, assertEquals } from "@std/assert";
import { windowLayout } from "../../src/tmux/layout.ts";
import { tmuxStage } from "./stage.ts";

const SIZES: [width: number, height: number][] = [
  [80, 24],
  [90, 31],
  [90, 32],
  [100, 80],
  [160, 60],
  [161, 30],
  [161, 31],
  [161, 32],
  [161, 33],
  [220, 49],
  [220, 50],
  [242, 50],
  [250, 70],
  [330, 90],
];

Deno.test("windowLayout() promises only what tmux really gives: 80×15 for each pane", async () => {
  await using stage = await tmuxStage({ size: [80, 24] });
  const { tmux } = stage;
  for (const [width, height] of SIZES) {
    const { layout, capacity } = windowLayout(width, height);
    const size = ["-x", String(width), "-y", String(height)];
    const window = await tmux.run(
      ...["new-window", "-d", "-P", "-F", "#{window_id}", "cat"],
    );
    await tmux.run(
      ...["resize-window", "-t", window, ...size],
      ...[";", "set-option", "-w", "-t", window, "pane-border-status", "top"],
    );
    for (let panes = 2; panes <= capacity; panes++) {
      await tmux.run(
        ...["split-window", "-d", "-t", window, "cat"],
        ...[";", "select-layout", "-t", window, layout],
      );
    }
    const given = await tmux.run(
      ...["list-panes", "-t", window, "-F"],
      "#{window_width} #{window_height} #{pane_width} #{pane_height}",
    );
    const rows = given.split("\n").map((line) => line.split(" ").map(Number));
    const name =
      `${capacity} panes (${layout}) in ${width}x${height}: ${given}`;
    assertEquals(rows.length, capacity, name);
    assert(
      rows.every(([w, h]) => w === width && h === height),
      name,
    );
    if (capacity > 1) {
      assert(rows.every(([, , w = 0, h = 0]) => w >= 80 && h >= 15), name);
    }
    await tmux.run("kill-window", "-t", window);
  }
});

Deno.test("windowLayout() has room for one pane in the smallest window, and uses what there is", () => {
  assertEquals(windowLayout(10, 3).capacity, 1);
  assertEquals(windowLayout(80, 24).capacity, 1);
  assertEquals(windowLayout(100, 80), { layout: "even-vertical", capacity: 5 });
  assertEquals(windowLayout(220, 50), { layout: "tiled", capacity: 6 });
  assert(windowLayout(330, 90).capacity >= 16);
});
