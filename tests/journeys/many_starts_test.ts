import { assertEquals } from "@std/assert";
import { startPrivateTmux } from "../support/private_tmux.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

/** More rounds for a closer look: `AGENTCTL_ROUNDS=20 deno task test tests/journeys/many_starts_test.ts`. */
const ROUNDS = Number(Deno.env.get("AGENTCTL_ROUNDS") ?? "2");
const WORKERS = 10;

Deno.test("ten starts at once in an 80x24 session get ten panes and ten results, and the user's window stays as it is", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await using stage = await makeStage();
    await using tmux = await startPrivateTmux({
      dir: stage.scratch.dir,
      width: 80,
      height: 24,
      env: stage.env,
    });
    await tmux.run("split-window", "-h", "-d");
    await tmux.run("set-option", "-w", "mode-keys", "vi");
    const look = () =>
      Promise.all([
        tmux.run(
          "list-windows",
          "-F",
          "#{window_id} #{window_layout} #{window_active}",
          "-f",
          "#{==:#{window_index},0}",
        ),
        tmux.run(
          "list-panes",
          "-t",
          ":0",
          "-F",
          "#{pane_id} #{pane_active} #{pane_title}",
        ),
        tmux.run("show-options", "-w", "-t", ":0"),
        tmux.run("show-options", "-g"),
      ]);
    const before = await look();

    const env = tmux.environment();
    const outputs = await Promise.all(
      Array.from(
        { length: WORKERS },
        (_, number) =>
          stage.agentctl(["start", "--title", `worker ${number}`], {
            env,
            stdin: steps("Do it", {
              write: { path: `file-${number}.txt`, text: "x" },
            }, resultStep(true, `result ${number}`)),
          }),
      ),
    );
    assertEquals(
      outputs.map(({ code, stderr }) => [code, stderr]),
      outputs.map(() => [0, ""]),
    );
    const ids = outputs.map(({ stdout }) => stdout.trim());
    assertEquals(new Set(ids).size, WORKERS);

    const waited = await stage.agentctl(["wait", ...ids, "--timeout", "90s"], {
      env,
    });
    assertEquals(waited.code, 0, waited.stderr);
    const records = JSON.parse(waited.stdout) as {
      summary: string;
      pane: { pane_id: string };
    }[];
    assertEquals(
      records.map(({ summary }) => summary),
      ids.map((_, number) => `result ${number}`),
    );
    assertEquals(await look(), before);
    const sizes = await tmux.run(
      "list-panes",
      "-a",
      "-F",
      "#{pane_width} #{pane_height} #{?@agentctl_workspace,worker,person}",
    );
    for (
      const line of sizes.split("\n").filter((line) => line.endsWith("worker"))
    ) {
      const [width, height] = line.split(" ").map(Number);
      assertEquals(
        [Number(width) >= 80, Number(height) >= 15],
        [true, true],
        line,
      );
    }
  }
});

Deno.test("a finished pane is used again before another is made", async () => {
  await using stage = await makeStage();
  const first = await stage.start(steps("One", resultStep(true, "1")));
  const { record } = await stage.wait(first);
  const pane = record["pane"] as { pane_id: string; socket: string };
  // The program of the pane ends a moment after the record.
  await untilDead(stage.env, pane.pane_id);
  const second = await stage.start(steps("Two", resultStep(true, "2")));
  assertEquals(
    ((await stage.wait(second)).record["pane"] as { pane_id: string }).pane_id,
    pane.pane_id,
  );
});

async function untilDead(
  env: Record<string, string>,
  paneId: string,
): Promise<void> {
  await until(`the program of pane ${paneId} has ended`, async (see) => {
    const { stdout } = await new Deno.Command("tmux", {
      args: ["display-message", "-p", "-t", paneId, "#{pane_dead}"],
      env,
      clearEnv: true,
    }).output();
    return see(new TextDecoder().decode(stdout).trim()) === "1";
  });
}
