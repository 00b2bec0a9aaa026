import { assert, assertEquals } from "@std/assert";
import { copy } from "@std/fs";
import { dirname, fromFileUrl, join } from "@std/path";
import { initWorkspace } from "../../src/workspace/init.ts";
import { appendNotice, noticeOf } from "../../src/lifecycle/notify_log.ts";
import { parseRunId } from "../../src/run/id.ts";
import { markSeen } from "../../src/run/seen.ts";
import { runFiles, writeRecord } from "../../src/run/store.ts";
import { openLogFile } from "../../src/files/log_file.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { makeRandom } from "../chaos/random.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import type { LoopAnswer, LoopCall } from "./command_loop.ts";
import { DAMAGES, stateOf } from "./damages.ts";
import { endedRun } from "./ended_run.ts";

const LOOP = fromFileUrl(new URL("./command_loop.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

/** Every file that a workspace can hold; those of run "bad" stand for those of any run. */
const FILES = [
  "config.jsonc",
  "projects.json",
  "projects.lock",
  "layout.lock",
  "notify.log",
  "cache/codex.json",
  "prompts/spark.md",
  "prompts/orchestrator.md",
  "seen/bad",
  ...[
    ...["meta.json", "prompt.md", "events.jsonl", "stderr.log", "output.json"],
    ...["diff.patch", "verify.log", "lock", "result_schema.json"],
    ...["messages/1.json", "messages/1.md", "messages/lock"],
  ].map((name) => `runs/bad/${name}`),
];

/** Reading commands, and those that write; `start` finds a tmux that only says that it has made a pane. */
const READING = [
  ["list"],
  ["list", "--json"],
  ["inbox"],
  ["projects"],
  ["prompt", "spark"],
  ["tail", "-n", "2"],
  ["send", "bad", "--list"],
];
const WRITING = [
  ["show", "other"],
  ["show", "bad"],
  ["wait", "other"],
  ["wait", "bad", "--timeout", "5s"],
  ["clean", "--dry-run", "--keep", "0", "--older-than", "1ms"],
  ["ack", "bad"],
  ["start", "--prompt", "Do it", "--run-id", "new", "--profile", "spark"],
  ["add-project", "added", "."],
];

interface Case {
  name: string;
  file: string;
  root: string;
  before: string;
}

/** Makes a workspace for each file and damage. */
async function makeCases(stage: Stage): Promise<Case[]> {
  const pristine = join(stage.scratch.dir, "pristine");
  await initWorkspace(pristine);
  for (const file of FILES) {
    await Deno.mkdir(dirname(join(pristine, file)), { recursive: true });
    if (!file.endsWith("config.jsonc") && file !== "projects.json") {
      await Deno.writeTextFile(join(pristine, file), `Text of ${file}\n`);
    }
  }
  await Deno.writeTextFile(
    join(pristine, "projects.json"),
    JSON.stringify({ schema: 1, projects: {} }),
  );
  await Deno.remove(join(pristine, "seen", "bad"));
  await Deno.writeTextFile(join(pristine, "seen", "bad"), "seen\n");
  await Deno.mkdir(join(pristine, "runs", "other"));
  const records = ["bad", "other"].map((id) => endedRun(id, `${id} is done`));
  for (const record of records) {
    await Deno.writeTextFile(
      join(pristine, "runs", record.run_id, "meta.json"),
      JSON.stringify(record, null, 2),
    );
  }
  await Deno.writeTextFile(
    join(pristine, "notify.log"),
    records.map((record) => JSON.stringify(noticeOf(record)) + "\n").join(""),
  );
  const random = makeRandom("corruption");
  const cases: Case[] = [];
  for (const file of FILES) {
    for (const [damage, apply] of Object.entries(DAMAGES)) {
      const root = join(stage.scratch.dir, `case-${cases.length}`, ".ai-orch");
      await copy(pristine, root);
      await apply(join(root, file), random);
      cases.push({
        name: `${file} ${damage}`,
        file: join(root, file),
        root,
        before: await stateOf(join(root, file)),
      });
    }
  }
  return cases;
}

Deno.test("every file of a workspace damaged in every way: each command works or names the file, and leaves it as it is", async (t) => {
  await using stage = await makeStage();
  await Deno.remove(join(stage.scratch.bin, "tmux")).catch(() => {});
  await Deno.writeTextFile(
    join(stage.scratch.bin, "tmux"),
    "#!/bin/sh\necho '%1 @1 ai /nowhere/tmux'\n",
    { mode: 0o755 },
  );
  const cases = await makeCases(stage);
  assert(cases.length >= 120, `${cases.length} cases`);
  const answersOf = async (commands: string[][]) => {
    const calls = cases.flatMap(({ root }) =>
      commands.map((argv): LoopCall => ({
        argv,
        caller: {
          cwd: stage.repository.dir,
          env: { ...stage.env, HOME: dirname(root) },
        },
        lines: argv[0] === "tail" ? 2 : undefined,
      }))
    );
    return await loop(calls);
  };
  const [reading, writing] = await Promise.all([
    answersOf(READING),
    answersOf(WRITING),
  ]);
  for (const [index, damaged] of cases.entries()) {
    await t.step(damaged.name, async () => {
      const slice = <T>(list: T[], size: number) =>
        list.slice(index * size, (index + 1) * size);
      const commands = [...READING, ...WRITING];
      const answers = [
        ...slice(reading, READING.length),
        ...slice(writing, WRITING.length),
      ];
      for (const [at, answer] of answers.entries()) {
        checkAnswer(damaged, commands[at] ?? [], answer);
      }
      // What Codex can do is only remembered there.
      if (damaged.file.includes("/cache/")) return;
      assertEquals(await stateOf(damaged.file), damaged.before, "changed");
      assertEquals(
        await Deno.lstat(`${damaged.root}/../outside`).catch(() => null),
        null,
        "A link was followed",
      );
    });
  }
});

function checkAnswer(
  damaged: Case,
  argv: string[],
  { code, stdout, stderr }: LoopAnswer,
): void {
  const about = `${argv.join(" ")}: code ${code}\n${stdout}${stderr}`;
  assert(!/Internal error|\n\s+at /.test(stderr), about);
  if (code === 5) {
    assertEquals(stderr.split("\n").length, 2, about);
    assert(stderr.includes(damaged.file), about);
  } else {
    assert([0, null].includes(code), about);
  }
  // Settings and projects are the whole workspace's; nothing else concerns other runs.
  const isCommon = /config\.jsonc|projects\./.test(damaged.file);
  const concernsOther = argv.includes("other") || argv[0] === "list";
  if (concernsOther && !isCommon) {
    assertEquals(code, 0, about);
    assert(stdout.includes("other"), about);
  }
}

async function loop(calls: LoopCall[]): Promise<LoopAnswer[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-lock", "--config", CONFIG, LOOP],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(calls)));
  await writer.close();
  const { code, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}

Deno.test("links in the store that lead out of it are not written through", async () => {
  await using stage = await makeStage();
  const workspace = {
    root: stage.workspace,
    state: stage.workspace,
    config: DEFAULT_CONFIG,
    remarks: [],
  };
  const id = parseRunId("run");
  const files = runFiles(workspace, id);
  const victim = join(stage.scratch.dir, "victim");
  await Deno.writeTextFile(victim, "untouched");
  await Deno.mkdir(files.folder, { recursive: true });
  await Deno.mkdir(join(stage.workspace, "seen"));
  const links = [
    files.lock,
    files.verify,
    files.record,
    join(stage.workspace, "notify.log"),
    join(stage.workspace, "seen", id),
  ];
  for (const path of links) await Deno.symlink(victim, path);

  const refused: unknown[] = [];
  const log = openLogFile(files.verify, (error) => refused.push(error));
  log.write(new TextEncoder().encode("touch"));
  await acquireLock(files.lock).catch((error) => refused.push(error));
  await appendNotice(workspace, endedRun(id, "x"))
    .catch((error) => refused.push(error));
  assertEquals(refused.length, 3);
  await markSeen(workspace, id);
  await writeRecord(workspace, endedRun(id, "x"));
  assertEquals(await Deno.readTextFile(victim), "untouched");
});
