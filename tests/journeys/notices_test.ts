import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { startPrivateTmux } from "../support/private_tmux.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

async function configure(
  stage: Stage,
  config: Record<string, unknown>,
): Promise<void> {
  await Deno.mkdir(stage.workspace, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify(config),
  );
}

/** Resolves with the text of a file once it is there and not empty. */
async function fileText(path: string): Promise<string> {
  return await until(`"${path}" holds a line`, async (see) => {
    const text = see(await Deno.readTextFile(path).catch(() => ""));
    return text.endsWith("\n") && text;
  });
}

Deno.test("on_finish gets the record of every run on stdin, once", async () => {
  await using stage = await makeStage();
  const heard = join(stage.scratch.dir, "heard");
  await configure(stage, { on_finish: `cat >> ${heard}; echo >> ${heard}` });
  const id = await stage.start(
    steps("Tell", resultStep(true, "it is $(told)")),
  );
  await stage.wait(id);
  const record = JSON.parse(await fileText(heard));
  assertEquals([record.run_id, record.status, record.summary], [
    id,
    "finished",
    "it is $(told)",
  ]);
});

Deno.test("a notice that fails or hangs changes nothing for the run", async () => {
  await using stage = await makeStage();
  await configure(stage, {
    on_finish: "sleep 600",
    notify_desktop: true,
    tmux_notify_target: "no-such-session:",
  });
  const { record, code } = await stage.wait(
    await stage.start(steps("Go", resultStep(true, "gone"))),
  );
  assertEquals([code, record["summary"]], [0, "gone"]);
});

Deno.test("the desktop notice carries title and summary as they are", async () => {
  await using stage = await makeStage();
  const heard = join(stage.scratch.dir, "heard");
  await Deno.writeTextFile(
    join(stage.scratch.bin, "notify-send"),
    `#!/bin/sh\nprintf '%s|' "$@" > ${heard}; echo >> ${heard}\n`,
    { mode: 0o755 },
  );
  await configure(stage, { notify_desktop: true });
  await stage.wait(
    await stage.start(steps("A `title`", resultStep(false, "$(no) #{no}"))),
  );
  assertEquals(await fileText(heard), "--|✗ A `title`|worker: $(no) #{no}|\n");
});

Deno.test("a run that an orchestrator started is announced on the screen that shows its pane", async () => {
  await using stage = await makeStage();
  const size = { width: 200, height: 50, env: stage.env };
  await using inner = await startPrivateTmux({
    dir: stage.scratch.dir,
    ...size,
  });
  await inner.run("set-option", "-g", "display-time", "0");
  const outside = join(stage.scratch.dir, "o");
  await Deno.mkdir(outside);
  await using screen = await startPrivateTmux({ dir: outside, ...size });
  await screen.run(
    "respawn-pane",
    "-k",
    "-t",
    "%0",
    "env",
    "-u",
    "TMUX",
    "tmux",
    "-S",
    inner.socket,
    "attach",
  );
  await until("the screen is attached", () => inner.run("list-clients"));

  const started = await stage.agentctl(["start"], {
    env: { ...inner.environment(), AGENTCTL_NOTIFY_TARGET: "%0" },
    stdin: steps("Announce", resultStep(true, "with #(date) and %H in it")),
  });
  await stage.wait(started.stdout.trim());
  await screen.waitForText(
    "%0",
    "✓ Announce: worker: with #(date) and %H in it",
  );
});
