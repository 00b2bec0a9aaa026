import { assertEquals } from "@std/assert";
import {
  endOldTrials,
  listPanes,
  paneState,
  TRIAL_SESSION,
} from "../../src/tmux/panes.ts";
import { placePane } from "../../src/tmux/place_pane.ts";
import { fileText, tmuxStage } from "./stage.ts";
import { join } from "@std/path";
import { until } from "../support/until.ts";

Deno.test("paneState() tells alive, dead and gone, with and without a server", async () => {
  await using stage = await tmuxStage();
  const { server } = stage;
  assertEquals(await paneState(server, "%0"), "gone");
  const file = join(stage.folder, "file");
  const alive = await placePane(server, stage.request());
  const dead = await placePane(
    server,
    stage.request({ argv: ["sh", "-c", `echo x > '${file}'`] }),
  );
  await fileText(file);
  await until(
    "the pane is dead",
    async (see) => see(await paneState(server, dead.pane_id)) === "dead",
  );
  assertEquals(await paneState(server, alive.pane_id), "alive");
  // %1 must not be taken for %10.
  assertEquals(await paneState(server, "%10"), "gone");
  assertEquals(await paneState(server, "%"), "gone");
  await stage.tmux.run("kill-pane", "-t", alive.pane_id);
  assertEquals(await paneState(server, alive.pane_id), "gone");
  await stage.tmux.kill();
  assertEquals(await paneState(server, dead.pane_id), "gone");
});

Deno.test("listPanes() tells whose a window is, whatever it is named", async () => {
  await using stage = await tmuxStage({ size: [80, 24] });
  await stage.tmux.run("rename-window", "-t", "main:", "1 @2 %3  name");
  await placePane(stage.server, stage.request());
  const names = { session: "ai", workspaceKey: "0123456789abcdef" };
  const panes = await listPanes(stage.server, names);
  assertEquals(
    panes?.map((
      pane,
    ) => [pane.window_name, pane.is_ours, pane.in_named_session]),
    [["agents", true, true], ["1 @2 %3  name", false, false]],
  );
});

Deno.test("endOldTrials() ends the session of a doctor that was killed, and no other", async () => {
  await using stage = await tmuxStage({ size: [80, 24] });
  const names = { session: "ai", workspaceKey: "0123456789abcdef" };
  const session = `${TRIAL_SESSION}0a1b2c3d`;
  await placePane(stage.server, stage.request({ session }));
  const look = async () => {
    const panes = await listPanes(stage.server, names) ?? [];
    return panes.map((pane) => ({
      ...pane,
      session_created: pane.session_created - 1_000,
    }));
  };
  const panes = await listPanes(stage.server, names) ?? [];
  assertEquals(panes.map(({ in_trial }) => in_trial), [true, false]);
  await endOldTrials(stage.server, panes);
  assertEquals((await look()).length, 2);
  await endOldTrials(stage.server, await look());
  assertEquals((await look()).map(({ in_trial }) => in_trial), [false]);
});
