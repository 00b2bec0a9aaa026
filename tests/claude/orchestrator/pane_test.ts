import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import {
  type PrivateTmux,
  startPrivateTmux,
} from "../../support/private_tmux.ts";
import {
  makeStage,
  PROGRAM_ARGS,
  resultStep,
  type Stage,
  steps,
} from "../../support/stage.ts";
import { until } from "../../support/until.ts";

/** Says that it is there, and ends at a line from the terminal. */
const CLAUDE = `#!/bin/sh
echo "claude is here: $*."
read -r line
`;

interface Desk extends AsyncDisposable {
  stage: Stage;
  tmux: PrivateTmux;
  /** The pane of the user's shell. */
  pane: string;
  /** Types a line to whatever runs in the pane. */
  type(line: string): Promise<void>;
  /** Ends Claude Code, and resolves when the shell takes commands again. */
  endClaude(): Promise<void>;
  /** Starts a worker as from the pane; it works until it is stopped. Returns its window. */
  work(): Promise<string>;
  /** What tmux says of the pane. */
  look(format: string): Promise<string>;
}

/** The user's shell in tmux, with agentctl and a stand-in for Claude Code. */
async function makeDesk(): Promise<Desk> {
  await using parts = new AsyncDisposableStack();
  const stage = parts.use(await makeStage());
  const { dir, bin } = stage.scratch;
  const words = [Deno.execPath(), ...PROGRAM_ARGS].map((word) => `'${word}'`);
  const programs = {
    claude: CLAUDE,
    agentctl: `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await Deno.writeTextFile(join(bin, name), text, { mode: 0o755 });
  }
  const tmux = parts.use(
    await startPrivateTmux({
      ...{ dir, width: 220, height: 60 },
      env: { ...stage.env, SHELL: "/bin/sh", PS1: "$ " },
    }),
  );
  const env = tmux.environment();
  const pane = env["TMUX_PANE"] ?? "";
  const type = async (line: string) => {
    await tmux.run("send-keys", "-t", pane, "-l", line);
    await tmux.run("send-keys", "-t", pane, "Enter");
  };
  let ends = 0;
  // A login shell has a PATH of its own.
  await type(`cd '${stage.repository.dir}'; PATH='${stage.env["PATH"]}'`);
  const all = parts.move();
  return {
    stage,
    tmux,
    pane,
    type,
    async endClaude() {
      await type("");
      await type(`clear; echo shell $((${++ends} * 1000))`);
      await tmux.waitForText(pane, `shell ${ends}000`);
    },
    async work() {
      const prompt = steps(
        "Work",
        { say: "at work" },
        { hang: true },
        resultStep(true, "done"),
      );
      const { stdout, stderr } = await stage.agentctl(["start"], {
        stdin: prompt,
        env,
      });
      const id = stdout.trim();
      assertNotEquals(id, "", stderr);
      await stage.waitForFile(id, "events.jsonl", "at work");
      const { pane } = await stage.show(id);
      return (pane as { window_id: string }).window_id;
    },
    look: (format) => tmux.run("display-message", "-p", "-t", pane, format),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

Deno.test("agentctl orch gives the window back as it was when Claude Code ends", async () => {
  await using desk = await makeDesk();
  const options = () => desk.tmux.run("show-options", "-w", "-t", desk.pane);
  const before = await options();
  await desk.type("agentctl orch");
  await desk.tmux.waitForText(desk.pane, "claude is here:");
  assertEquals(await desk.look("#{@agentctl_orchestrator}"), desk.pane);
  await desk.endClaude();
  assertEquals(await options(), before);
  // Nothing comes beside the user's shell.
  const window = await desk.look("#{window_id}");
  assertNotEquals(await desk.work(), window);
  assertEquals(await desk.look("#{window_panes}"), "1");
});

Deno.test("agentctl orch -c takes the pane again beside the workers of the last one, and later starts leave a shell alone", async () => {
  await using desk = await makeDesk();
  const { tmux, pane } = desk;
  const window = await desk.look("#{window_id}");
  await desk.type("agentctl orch");
  await tmux.waitForText(pane, "claude is here:");
  const key = await desk.look("#{@agentctl_workspace}");
  assertEquals(await desk.work(), window);

  // The worker stays where it is, and the next one goes elsewhere.
  await desk.endClaude();
  assertEquals(
    await desk.look("#{window_panes} [#{@agentctl_orchestrator}]"),
    "2 []",
  );
  assertNotEquals(await desk.work(), window);
  assertEquals(await desk.look("#{window_panes}"), "2");

  await desk.type("agentctl orch -c");
  await tmux.waitForText(pane, /claude is here:.*--continue/s);
  assertEquals(await desk.look("#{@agentctl_orchestrator}"), pane);
  assertEquals(await desk.work(), window);
  await desk.endClaude();

  // Something of the user's is there now.
  await tmux.run("split-window", "-d", "-t", pane, "cat");
  await desk.type("agentctl orch -c");
  await until(
    "orch opens a window",
    async (see) =>
      see(await tmux.run("list-windows", "-a", "-F", "#{window_name}"))
        .split("\n").includes("orchestrator"),
  );
  assertEquals(await desk.look("[#{@agentctl_orchestrator}]"), "[]");

  // A window that is marked for this pane, because agentctl was killed there.
  const windows = () => tmux.run("list-windows", "-a", "-F", "x");
  const before = await windows();
  const mark = ["set-option", "-w", "-t", pane];
  await tmux.run(...mark, "@agentctl_workspace", key);
  await tmux.run(...mark, "@agentctl_orchestrator", pane);
  await desk.type("clear; agentctl orch");
  await tmux.waitForText(pane, "claude is here:");
  assertEquals(await windows(), before);
  assert((await desk.look("#{window_id}")) === window);
});
