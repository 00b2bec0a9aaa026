import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { shellCommand } from "../../src/system/shell.ts";
import { startPrivateTmux } from "../support/private_tmux.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

/** A terminal in which agentctl can be called as a person does it. */
async function terminalOf(stage: Stage, width = 100) {
  const tmux = await startPrivateTmux({
    dir: join(stage.scratch.dir, "terminal"),
    width,
    height: 250,
    env: { ...stage.env, PS1: "$ ", TERM: "screen-256color" },
  });
  const pane = await tmux.run("display-message", "-p", "#{pane_id}");
  const type = async (text: string) => {
    await tmux.run("send-keys", "-t", pane, "-l", text);
    await tmux.run("send-keys", "-t", pane, "Enter");
  };
  await type(
    `cd ${stage.repository.dir}; agentctl() { ${
      shellCommand(stage.command)
    } "$@"; }; clear`,
  );
  return { tmux, pane, type };
}

Deno.test("on a terminal show draws a card with what comes next; for programs and models it prints JSON", async () => {
  await using stage = await makeStage();
  const first = await stage.start(
    steps(
      "Round totals",
      { write: { path: "new.txt", text: "1\n" } },
      resultStep(false, "One test fails.", "Make it pass."),
    ),
    ...["--profile", "spark", "--label", "tax"],
  );
  await stage.wait(first);
  const { tmux, pane, type } = await terminalOf(stage);
  await using _tmux = tmux;
  const short = first.slice(-4);
  await type(`agentctl show ${short}; echo EXIT-$?`);
  const card = await tmux.waitForText(pane, "EXIT-0");
  for (
    const words of [
      "✗ Round totals",
      `run      ${first} #tax`,
      "worker   profile spark · workspace-write",
      "╭─ ✗ goal not met",
      "│ One test fails.",
      "│ next   Make it pass.",
      "1 file changed",
      `files    ${join(stage.workspace, "runs", first)}`,
      `next     agentctl diff ${short}  shows what it changed`,
      `agentctl resume ${short}  continues with the prompt that its worker left`,
    ]
  ) assertStringIncludes(card, words);
  assert(!card.includes('"run_id"'), card);

  const plain = [
    `agentctl show ${short} --json`,
    `agentctl show ${short} | cat`,
    `export CLAUDECODE=1; agentctl show ${short}`,
    `export AI_AGENT=x; agentctl show ${short}`,
    `export CODEX_THREAD_ID=x; agentctl show ${short}`,
  ];
  for (const [index, command] of plain.entries()) {
    await type(`clear; (${command}); echo EXIT-${index}-$?`);
    const text = await tmux.waitForText(pane, `EXIT-${index}-0`);
    assertStringIncludes(text, `"run_id": "${first}"`);
  }
});

Deno.test("on a terminal wait shows what is still running, then each end; Ctrl-C says that the runs go on", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const start = async (title: string, ...more: object[]) =>
    await stage.start(
      steps(
        title,
        ...more as Record<string, unknown>[],
        resultStep(true, "ok"),
      ),
    );
  const quick = await start("Quick one");
  await stage.wait(quick);
  const slow = await start("Slow one", { wait_for_file: gate });
  const { tmux, pane, type } = await terminalOf(stage);
  await using _tmux = tmux;

  await type(`agentctl wait ${quick} ${slow}; echo EXIT-$?`);
  await tmux.waitForText(pane, `✓ ${quick} Quick one (goal met)`);
  await tmux.waitForText(pane, /● [0-9a-f]{4} Slow one +\d+/);
  await tmux.run("send-keys", "-t", pane, "C-c");
  const left = await tmux.waitForText(pane, "EXIT-130");
  assertStringIncludes(
    left.replaceAll("\n", ""),
    `The runs go on; wait again with "agentctl wait ${quick} ${slow}"`,
  );
  assertEquals((await stage.show(slow))["status"], "running");

  await type(`clear; agentctl wait ${slow}; echo EXIT-$?`);
  await tmux.waitForText(pane, "Slow one");
  await Deno.writeTextFile(gate, "");
  const ended = await tmux.waitForText(pane, "EXIT-0");
  assertStringIncludes(ended, "╭─ ✓ goal met");
  // The line of the wait is gone.
  assertEquals(/● [0-9a-f]{4} Slow one/.test(ended), false, ended);
});
