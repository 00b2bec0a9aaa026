import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

/** Settings of a user, each of which would keep a worker from its pane, or its pane from staying. */
const HOSTILE = `
set -g destroy-unattached on
set -s exit-unattached on
set -s command-alias[80] 'new-session=kill-server'
set -s command-alias[81] 'split-window=kill-server'
set -s command-alias[82] 'set-option=kill-server'
set -s command-alias[83] 'list-panes=kill-server'
set -s command-alias[84] 'respawn-pane=kill-server'
set -g default-shell /bin/false
set -g default-command 'exec false'
set -g default-size 20x5
set -g window-size smallest
set -g base-index 7
set -g pane-base-index 5
set -g renumber-windows on
set -g automatic-rename on
set -g allow-rename on
set -g remain-on-exit off
set -g remain-on-exit-format 'over'
set -g pane-border-status off
set -g synchronize-panes on
set -g monitor-activity on
set -g other-pane-width 12
set -gq tiled-layout-max-columns 1
set -gq allow-set-title off
set -g update-environment ''
set -g history-limit 0
set-hook -g after-new-session 'rename-window mine'
set-hook -g after-new-window 'rename-window mine'
set-hook -g after-split-window 'select-layout even-horizontal'
set-hook -g window-layout-changed 'select-layout even-horizontal'
set-hook -g pane-title-changed 'rename-window titled'
set-hook -g pane-died 'kill-pane'
`;

Deno.test("workers start, end and keep their panes whatever the user's tmux.conf says", async () => {
  await using stage = await makeStage();
  await Deno.writeTextFile(join(stage.scratch.home, ".tmux.conf"), HOSTILE);
  const ids = [];
  for (const name of ["one", "two"]) {
    ids.push(await stage.start(steps(name, resultStep(true, `${name} done`))));
  }
  const panes = [];
  for (const id of ids) {
    const { record, code } = await stage.wait(id);
    assertEquals([code, record["reason"]], [0, record["reason"]]);
    assertEquals(record["warnings"], []);
    panes.push(paneOf(record));
  }
  for (const [index, pane] of panes.entries()) {
    const look = await until(
      `the program of pane ${pane} has ended`,
      async (see) => {
        const text = see(
          await tmux(stage, "display-messag", "-p", "-t", pane, LOOK),
        );
        return text.startsWith("1 ") && text;
      },
    );
    assertEquals(look, "1 on top 0");
    const screen = await tmux(stage, "capture-pan", "-p", "-t", pane);
    assertStringIncludes(screen, `${["one", "two"][index]} done`);
    assert(!screen.includes("over"), screen);
  }
  // A finished pane is used again, whose window is as it was.
  const again = await stage.start(
    steps("again", resultStep(true, "again done")),
  );
  const { record } = await stage.wait(again);
  assertEquals(paneOf(record), panes[0]);
});

const LOOK =
  "#{pane_dead} #{remain-on-exit} #{pane-border-status} #{synchronize-panes}";

function paneOf(record: Record<string, unknown>): string {
  const { pane_id } = record["pane"] as { pane_id: string };
  return pane_id;
}

async function tmux(stage: Stage, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("tmux", {
    args,
    env: stage.env,
    clearEnv: true,
  }).output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return decoder.decode(stdout).trimEnd();
}
