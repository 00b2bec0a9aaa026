import { assert, assertEquals, assertThrows } from "@std/assert";
import { dirname, join } from "@std/path";
import { runCli } from "../../src/cli/run_cli.ts";
import { noticeOf, parseNotice } from "../../src/lifecycle/notify_log.ts";
import { isRunId, parseRunId } from "../../src/run/id.ts";
import { checkPrompt } from "../../src/run/prompt.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { columnsOf } from "../../src/text/columns_of.ts";
import {
  escapeInJson,
  oneLine,
  stripControls,
} from "../../src/text/sanitize.ts";
import { tmuxArgument, tmuxText } from "../../src/tmux/server.ts";
import { startPrivateTmux } from "../support/private_tmux.ts";
import { makeScratch } from "../support/scratch.ts";
import { makeStage } from "../support/stage.ts";
import { ensureTmux } from "../support/tools.ts";
import { endedRun } from "./ended_run.ts";
import { harmIn, TEXTS, TRAP, trapsIn } from "./hostile_words.ts";

Deno.test("500 hostile texts: what a terminal is given holds no control", () => {
  for (const text of TEXTS) {
    for (const keepNewlines of [true, false]) {
      assertEquals(harmIn(stripControls(text, { keepNewlines })), null, text);
    }
    const line = oneLine(text, 60);
    assertEquals(harmIn(line), null, text);
    assert(!line.includes("\n") && columnsOf(line) <= 60, text);
    const json = JSON.stringify({ text }, null, 2);
    assertEquals(harmIn(escapeInJson(json)), null, text);
    assertEquals(JSON.parse(escapeInJson(json)), { text });
  }
});

Deno.test("500 hostile texts: a run id is refused or stays in its folder", () => {
  for (
    const text of [...TEXTS, "", ".", "..", "a/b", "a\0", "-t", "a".repeat(65)]
  ) {
    if (isRunId(text)) {
      assertEquals(dirname(join("/runs", text)), "/runs");
      continue;
    }
    const error = assertThrows(() => parseRunId(text), AgentctlError);
    assert(error.message.length < 400);
  }
});

Deno.test("500 hostile texts: a prompt is taken as it is or refused", () => {
  for (const text of TEXTS) {
    const bytes = new TextEncoder().encode(text);
    if (text.trim() === "" || [...text].length > 1_048_576) {
      assertThrows(() => checkPrompt(bytes), AgentctlError);
    } else {
      assertEquals(new TextEncoder().encode(checkPrompt(bytes)), bytes);
    }
  }
});

Deno.test("500 hostile texts: a line of notify.log is one line and reads back", () => {
  for (const text of TEXTS) {
    const record = endedRun("run", text, { title: text, project: text });
    const line = JSON.stringify(noticeOf(record));
    assert(!line.includes("\n"));
    assertEquals(parseNotice(line), noticeOf(record));
    assertEquals(harmIn(noticeOf(record).summary), null, text);
  }
});

Deno.test("120 hostile texts: tmux shows and keeps them as they are and runs nothing", async () => {
  await ensureTmux();
  await using scratch = await makeScratch();
  await using tmux = await startPrivateTmux({
    dir: join(scratch.dir, "t"),
    width: 80,
    height: 20,
    env: scratch.env,
  });
  for (const text of TEXTS.slice(0, 120)) {
    // What a client's own lossy characters are is not the question here.
    const line = oneLine(text.toWellFormed(), 200).replaceAll("\ufeff", "");
    if (line === "") continue;
    const shown = await tmux.run("display-message", "-p", "--", tmuxText(line));
    // tmux keeps the mark of a style doubled until it draws it.
    const undrawn = (text: string) => text.replace(/#+\[/g, "[");
    assertEquals(undrawn(shown), undrawn(line));
    const argument = text.toWellFormed().replaceAll("\0", "");
    await tmux.run("set-option", "-g", "@kept", tmuxArgument(argument));
    const length = await tmux.run("display-message", "-p", "#{n:@kept}");
    assertEquals(
      Number(length),
      new TextEncoder().encode(argument).length,
      JSON.stringify(argument),
    );
  }
  assertEquals(await tmux.run("list-buffers"), "");
  assertEquals(await trapsIn(scratch.dir), []);
});

/** Calls that take a word from the user, with the word in its place. */
const CALLS: readonly ((word: string) => string[])[] = [
  (word) => ["show", "--", word],
  (word) => ["wait", "--", word],
  (word) => ["ack", "--", word],
  (word) => ["stop", "--", word],
  (word) => ["stop", "--", `@${word}`],
  (word) => ["rerun", "--", word],
  (word) => ["send", "--message", "x", "--", word],
  (word) => ["remove-project", "--", word],
  (word) => ["add-project", "--", word, "."],
  (word) => ["start", "--prompt", "x", `--run-id=../${word}`],
  (word) => ["start", "--prompt", "x", `--project=nowhere:${word}`],
  (word) => ["start", "--prompt", "x", `--profile=x/${word}`],
  (word) => ["start", "--prompt", "x", `--sandbox=${word}`],
  (word) => ["start", "--prompt", "x", `--timeout=${word}`],
  (word) => ["resume", `--parent-run-id=${word}`, "--prompt", "x"],
  (word) => [word, "--json"],
];

Deno.test("500 hostile words of a call: one harmless line says what is wrong", async () => {
  await using stage = await makeStage();
  const caller = { cwd: stage.repository.dir, env: stage.env };
  for (const [index, text] of TEXTS.slice(0, 500).entries()) {
    const argv = CALLS[index % CALLS.length]?.(text) ?? [];
    const said: string[] = [];
    const printed: string[] = [];
    const code = await runCli(argv, caller, {
      say: (words) => said.push(words),
      print: (words) => printed.push(words),
    });
    const about = `${JSON.stringify(argv)}: ${said.join("\n")}`;
    assert([2, 3, 5].includes(code), `${code} ${about}`);
    assertEquals(said.length, 1, about);
    assert(!said.join().includes("\n"), about);
    assertEquals(harmIn(said.join() + printed.join()), null, about);
    for (const json of printed) JSON.parse(json);
  }
  // Nothing was started; remove-project has made the folder.
  assertEquals(
    await Array.fromAsync(Deno.readDir(join(stage.workspace, "runs"))),
    [],
  );
  assertEquals(await trapsIn(stage.scratch.dir), []);
  assertEquals(await trapsIn(Deno.cwd()), []);
});

Deno.test("500 hostile records: list, inbox, tail and show print no control", async () => {
  await using stage = await makeStage();
  const runs = join(stage.workspace, "runs");
  let log = "";
  const texts = TEXTS.slice(0, 501);
  for (const [index, text] of texts.entries()) {
    const record = endedRun(`run-${index}`, text, {
      title: text,
      project: text,
      profile: text,
      cwd: text,
      activity: text,
      warnings: [text],
    }, {
      reason: text,
      result: {
        goal_met: false,
        summary: text,
        followup_prompt: text,
        notes: text,
      },
      gitDiffStat: text,
      filesChanged: [text],
    });
    const folder = join(runs, record.run_id);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "meta.json"), JSON.stringify(record));
    log += JSON.stringify(noticeOf(record)) + "\n";
  }
  await Deno.mkdir(join(runs, "damaged"));
  await Deno.writeTextFile(join(runs, "damaged", "meta.json"), texts.join(""));
  await Deno.writeTextFile(join(stage.workspace, "notify.log"), log);

  const calls = [
    ["list", "--all"],
    ["list", "--all", "--json"],
    ["inbox"],
    ["inbox", "--json"],
    ["show", "run-7"],
    ["show", "run-500"],
    ["show", "run-500", "--full"],
    ["show", "damaged"],
    ["projects"],
  ];
  for (const args of calls) {
    const output = await stage.agentctl(args);
    assertEquals(harmIn(output.stdout), null, args.join(" "));
    assertEquals(harmIn(output.stderr), null, args.join(" "));
  }
  const shown = await stage.agentctl(["show", "run-7", "--full"]);
  assertEquals(JSON.parse(shown.stdout).summary, TEXTS[7]);

  const tail = stage.spawn(["tail", "-n", "1000"]);
  let printed = "";
  for await (const text of tail.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (printed.split("\n").length > texts.length) break;
  }
  tail.kill("SIGTERM");
  await tail.status;
  await tail.stderr.cancel();
  assertEquals(harmIn(printed), null);
  assertEquals(printed.split("\n").length, texts.length + 1);
  assert(printed.includes(TRAP));
});
