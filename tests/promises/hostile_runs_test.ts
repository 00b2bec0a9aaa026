import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { parseNotice } from "../../src/lifecycle/notify_log.ts";
import { oneLine } from "../../src/text/sanitize.ts";
import { makeRandom, type Random } from "../chaos/random.ts";
import { compile } from "../support/compile.ts";
import {
  callShell,
  finish,
  say,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import {
  harmIn,
  hostileFileName,
  hostileText,
  trapsIn,
} from "./hostile_words.ts";
import { until } from "../support/until.ts";

const LANES = 3;
const RUNS_PER_LANE = 6;

/** Modes of a terminal that a worker could leave switched. */
const MODES = [
  ...["alternate_on", "insert_flag", "keypad_flag", "keypad_cursor_flag"],
  ...["mouse_any_flag", "mouse_sgr_flag", "origin_flag"],
].map((name) => `#{${name}}`).join("");

Deno.test("18 hostile runs: nothing is executed, nothing escapes into tmux, every prompt arrives byte for byte", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const binary = join(folder, "agentctl");
    await compile("src/main.ts", binary);
    await using stage = await makeStage({ binary });
    await keepPrompts(stage);
    // A tmux that would take the clipboard and the names if it were asked.
    await Deno.writeTextFile(
      join(stage.scratch.home, ".tmux.conf"),
      "set -g set-clipboard on\nset -g allow-rename on\nset -g history-limit 20000\n",
    );
    const lanes = Array.from(
      { length: LANES },
      (_, lane) => runLane(stage, lane),
    );
    await Promise.all(lanes);
    assertEquals(await tmux(stage, "list-buffers"), "");
    const names = await tmux(
      stage,
      "list-windows",
      "-a",
      "-F",
      "#{window_name}",
    );
    assert(/^(agents(-\d+)?\n?)+$/.test(names), names);
    assertEquals(await trapsIn(stage.scratch.dir), []);
    assertEquals(await trapsIn(Deno.cwd()), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Runs one after the other in a workspace of their own, so that each pane is looked at before it is used again. */
async function runLane(stage: Stage, lane: number): Promise<void> {
  const random = makeRandom(`hostile runs ${lane}`);
  const workspace = join(stage.scratch.dir, `lane-${lane}`, ".ai-orch");
  await Deno.mkdir(workspace, { recursive: true });
  const env = { HOME: dirname(workspace) };
  for (let round = 0; round < RUNS_PER_LANE; round++) {
    await hostileRun(stage, workspace, `run-${lane}-${round}`, random);
  }
  for (const args of [["list"], ["inbox"], ["list", "--json"]]) {
    const { stdout, stderr } = await stage.agentctl(args, { env });
    assertEquals(harmIn(stdout), null);
    assertEquals(harmIn(stderr), null);
  }
  const log = await Deno.readTextFile(join(workspace, "notify.log"));
  const notices = log.trimEnd().split("\n").map(parseNotice);
  assertEquals(notices.length, RUNS_PER_LANE);
  assert(notices.every((notice) => notice !== null));
}

async function hostileRun(
  stage: Stage,
  workspace: string,
  id: string,
  random: Random,
): Promise<void> {
  const env = { HOME: dirname(workspace) };
  const text = () => hostileText(random);
  const project = join(stage.scratch.dir, hostileFileName(random));
  await Deno.mkdir(project, { recursive: true });
  const title = hostileText(random, { argument: true });
  const result = {
    goal_met: random.pick([true, false]),
    summary: text(),
    followup_prompt: text(),
    notes: text(),
  };
  const script = [
    { say: text() },
    { think: text() },
    { run: { command: text(), output: text() + "\n" + text(), exit_code: 0 } },
    { plan: [{ text: text(), completed: false }] },
    { warning: text() },
    { error: text() },
    { stderr: text() },
    { raw: text() + "\n" },
    { result },
  ].map((step) => `stand-in: ${JSON.stringify(step)}`);
  // A byte order mark is a byte like others, and so is a line break at the end.
  const prompt = new TextEncoder().encode(
    `${text().toWellFormed()}\n${script.join("\n")}\n${text().toWellFormed()}`,
  );
  const started = await stage.agentctl([
    "start",
    ...["--run-id", id, `--title=${title}`, "--project", project],
  ], { stdin: prompt, env });
  assertEquals(started.code, 0, started.stderr);
  const waited = await stage.agentctl([
    "wait",
    id,
    "--full",
    "--timeout",
    "60s",
  ], {
    env,
  });
  assertEquals(
    waited.code,
    result.goal_met ? 0 : 1,
    waited.stderr + waited.stdout,
  );
  const record = JSON.parse(waited.stdout);
  const { goal_met, summary, followup_prompt, notes } = record;
  assertEquals({ goal_met, summary, followup_prompt, notes }, result);
  assertEquals(record.cwd, project);
  assertEquals(harmIn(waited.stdout), null);
  assertEquals(harmIn(record.title), null);

  assertEquals(
    await Deno.readFile(join(workspace, "runs", id, "prompt.md")),
    prompt,
  );
  assertEquals(
    await Deno.readFile(join(stage.env["TMPDIR"] ?? "", id)),
    prompt,
  );
  await checkPane(stage, record);
}

interface PaneRecord {
  title: string;
  status: string;
  goal_met: boolean;
  pane: { pane_id: string };
}

async function checkPane(stage: Stage, record: PaneRecord): Promise<void> {
  const pane = record.pane.pane_id;
  const format = `#{pane_dead} ${MODES} #{pane_title}`;
  const state = await until(`pane ${pane} is dead`, async (see) => {
    const text = see(
      await tmux(stage, "display-message", "-p", "-t", pane, format),
    ).trimEnd();
    return text.startsWith("1") && text;
  });
  const title = oneLine(record.title, 40).replaceAll("#", "##");
  const [, modes, ...words] = state.split(" ");
  assertEquals(modes, "0".repeat(7), state);
  const shown = words.join(" ");
  const mark = record.goal_met ? "✓" : "✗";
  assert(shown.startsWith(`${mark} ${title} · `), `${shown} is not ${title}`);
  const screen = await tmux(
    stage,
    "capture-pane",
    "-e",
    "-p",
    "-S",
    "-",
    "-t",
    pane,
  );
  assertEquals(harmIn(screen, { colour: true }), null);
  assert(
    screen.includes(record.goal_met ? "goal met" : "goal not met"),
    screen,
  );
}

/** Puts a codex before the stand-in that keeps a copy of what comes in on stdin, under the run's id. */
async function keepPrompts(stage: Stage): Promise<void> {
  const path = join(stage.scratch.bin, "codex");
  const launcher = await Deno.readTextFile(path);
  const copying = launcher.replace(
    /^exec (.*)$/m,
    `tee "$TMPDIR/$AGENTCTL_RUN_ID" | $1`,
  );
  await Deno.writeTextFile(path, copying);
}

async function tmux(stage: Stage, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("tmux", {
    args: ["-u", ...args],
    env: stage.env,
    clearEnv: true,
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("6 hostile prompts reach the real Codex byte for byte, and what its tools print escapes nowhere", async () => {
  const random = makeRandom("hostile prompts");
  const texts = Array.from(
    { length: 6 },
    // Codex itself cuts white space at the ends.
    () => `Look: ${hostileText(random).toWellFormed()} end`,
  );
  await using server = startModelServer(scriptByPrompt(({ prompts }) => [
    say(prompts[0] ?? ""),
    callShell("cat tool_output"),
    finish({
      goal_met: true,
      summary: prompts[0] ?? "",
      followup_prompt: "",
      notes: "",
    }),
  ]));
  await using stage = await makeStage({ modelServer: server });
  await Deno.writeTextFile(
    join(stage.repository.dir, "tool_output"),
    texts.join("\n"),
  );
  for (const text of texts) {
    const id = await stage.start(text, "--profile", "spark", "--title", "Look");
    const { record } = await stage.wait(id);
    assertEquals([record["status"], record["summary"]], ["finished", text]);
    await checkPane(stage, record as unknown as PaneRecord);
  }
  const arrived = new Set(server.requests.map(({ prompts }) => prompts[0]));
  assertEquals([...arrived], texts);
  assertEquals(server.scriptErrors, []);
  assertEquals(await trapsIn(stage.scratch.dir), []);
});
