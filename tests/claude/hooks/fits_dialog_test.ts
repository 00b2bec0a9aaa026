import { assertEquals } from "@std/assert";
import { fitsDialog } from "../../../src/claude/hooks/fits_dialog.ts";
import { tmuxStage } from "../../tmux/stage.ts";

Deno.test("fitsDialog() knows what a dialog shows in a terminal of the usual size, and in a pane of any", async () => {
  const fits = async (words: number, env: Record<string, string>) =>
    await fitsDialog("word ".repeat(words), env);
  const unknown: Record<string, string>[] = [{}, {
    TMUX: "/nowhere,1,0",
    TMUX_PANE: "%0",
  }];
  for (const env of unknown) {
    assertEquals([await fits(50, env), await fits(60, env)], [true, false]);
  }
  for (
    const [width, height, most] of [
      [60, 24, 30],
      [120, 24, 100],
      [120, 60, 200],
    ] as const
  ) {
    await using stage = await tmuxStage({ size: [width, height] });
    const env = {
      ...stage.server.env,
      TMUX: `${stage.tmux.socket},1,0`,
      TMUX_PANE: "%0",
    };
    const about = `${width}x${height}`;
    assertEquals(await fits(most, env), true, about);
    assertEquals(await fits(Math.ceil(most * 1.4), env), false, about);
  }
});
