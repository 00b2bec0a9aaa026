import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { supervisorGone } from "../support/supervisor_gone.ts";
import { isAlive } from "../support/processes.ts";
import { until } from "../support/until.ts";

async function inbox(stage: Stage): Promise<string[]> {
  const { stdout } = await stage.agentctl(["inbox", "--json"]);
  return JSON.parse(stdout).map((run: { run_id: string }) => run.run_id);
}

/** Waits for the end of a run without acknowledging it. */
async function untilEnded(stage: Stage, id: string): Promise<void> {
  await stage.waitForFile(id, "meta.json", '"ended_at"');
}

Deno.test("a result stays in the inbox until a wait or show has printed it", async () => {
  await using stage = await makeStage();
  const ids = [];
  for (const title of ["one", "two", "three"]) {
    const id = await stage.start(
      steps(title, resultStep(true, `${title} is done`)),
      "--run-id",
      title,
    );
    await untilEnded(stage, id);
    ids.push(id);
  }
  assertEquals(await inbox(stage), ids);
  const words = await stage.agentctl(["inbox"]);
  assertStringIncludes(words.stdout, "✓ one one (goal met): one is done");
  assert(words.stdout.length < 1_000);

  await stage.wait("one");
  await stage.show("two");
  assertEquals(await inbox(stage), ["three"]);
  assertEquals((await stage.agentctl(["ack", "three"])).code, 0);
  assertEquals(await inbox(stage), []);
  assertEquals((await stage.agentctl(["ack"])).code, 2);
});

Deno.test("a wait whose reader is gone acknowledges nothing", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps(
      "Gated",
      { wait_for_file: gate },
      resultStep(true, "x".repeat(200_000)),
    ),
  );
  const waiting = stage.spawn(["wait", id]);
  await waiting.stdout.cancel();
  await Deno.writeTextFile(gate, "");
  await waiting.status;
  await waiting.stderr.cancel();
  assertEquals(await inbox(stage), [id]);
});

Deno.test("ack refuses a run that has not ended", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Gated", { wait_for_file: gate }, resultStep(true, "x")),
  );
  const output = await stage.agentctl(["ack", id]);
  assertEquals(output.code, 2);
  assertStringIncludes(output.stderr, "agentctl wait");
  await Deno.writeTextFile(gate, "");
  await untilEnded(stage, id);
});

Deno.test("--verify decides: claimed and verified make the goal", async () => {
  await using stage = await makeStage();
  const good = await stage.start(
    steps(
      "Make it",
      { write: { path: "made.txt", text: "x" } },
      resultStep(true, "made"),
    ),
    "--verify",
    'test -f made.txt && echo "seen in $PWD" && test -z "$GIT_PREFIX$AGENTCTL_SHELL_SCRIPT"',
  );
  const met = await stage.wait(good);
  assertEquals(
    [
      met.code,
      met.record["goal_met"],
      met.record["claimed"],
      met.record["verified"],
    ],
    [0, true, true, true],
    JSON.stringify(met.record),
  );
  assertEquals(
    await Deno.readTextFile(stage.runFile(good, "verify.log")),
    `seen in ${stage.repository.dir}\n`,
  );

  const bad = await stage.start(
    steps("Claim it", resultStep(true, "all done")),
    "--verify",
    "echo 3 tests fail; exit 9",
  );
  const unmet = await stage.wait(bad);
  assertEquals(
    [
      unmet.code,
      unmet.record["goal_met"],
      unmet.record["claimed"],
      unmet.record["verified"],
    ],
    [1, false, true, false],
  );
  assertStringIncludes(String(unmet.record["reason"]), "exit code 9");
  assertStringIncludes(String(unmet.record["followup_prompt"]), "3 tests fail");

  const unclaimed = await stage.start(
    steps("Give up", resultStep(false, "no")),
    "--verify",
    "touch checked",
  );
  assertEquals((await stage.wait(unclaimed)).record["verified"], null);
  assertEquals(
    await stage.repository.git("status", "--porcelain", "checked"),
    "",
  );
});

Deno.test("a project's verify is the check of its runs, and what a check leaves behind ends", async () => {
  await using stage = await makeStage();
  const pid = join(stage.scratch.dir, "pid");
  const added = await stage.agentctl([
    "add-project",
    "here",
    ".",
    "--verify",
    `sleep 600 & echo $! > ${pid}; true`,
  ]);
  assertEquals(added.code, 0, added.stderr);
  const { record } = await stage.wait(
    await stage.start(
      steps("Do", resultStep(true, "done")),
      "--project",
      "here",
    ),
  );
  assertEquals([record["verified"], record["goal_met"]], [true, true]);
  const left = Number(await Deno.readTextFile(pid));
  assert(!await isAlive(left), "the check's child is still there");
});

Deno.test("--idle-timeout ends a worker that does nothing", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("Nothing", { hang: true }),
    "--idle-timeout",
    "1s",
  );
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"]], [4, "timed_out"]);
  assertStringIncludes(String(record["reason"]), "did nothing for 1s");
  assertStringIncludes(String(record["warnings"]), "quiet");
  assertEquals(record["ended_by"], ["SIGINT"]);
});

Deno.test("the ladder goes on where a worker ignores signals, and the record says what it took", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("Stubborn", { ignore_signals: true }, { say: "Deaf" }, {
      hang: true,
    }),
  );
  await stage.waitForFile(id, "events.jsonl", "Deaf");
  assertEquals((await stage.agentctl(["stop", id])).code, 0);
  const { record } = await stage.wait(id);
  assertEquals(record["status"], "stopped");
  assertEquals((record["ended_by"] as string[]).at(-1), "SIGKILL");
});

Deno.test("secrets of the environment do not reach records, notices and lists", async () => {
  await using stage = await makeStage();
  const secret = "sk-test-0123456789abcdef";
  const started = await stage.agentctl(["start"], {
    stdin: steps(
      "Leak",
      { say: "hi" },
      resultStep(false, `the key is ${secret}`, `use ${secret}`),
    ),
    env: { OPENAI_API_KEY: secret },
  });
  const id = started.stdout.trim();
  const { record } = await stage.wait(id);
  assertEquals(record["summary"], "the key is [OPENAI_API_KEY]");
  for (
    const path of [
      stage.runFile(id, "meta.json"),
      join(stage.workspace, "notify.log"),
    ]
  ) {
    // The notice follows the record.
    const text = await until(
      `"${path}" is there`,
      () => Deno.readTextFile(path).catch(() => ""),
    );
    assert(!text.includes(secret), path);
  }
});

Deno.test("a record of a newer agentctl is shown and never rewritten", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("One", resultStep(true, "one")),
    "--run-id",
    "newer",
  );
  await stage.wait(id);
  const path = stage.runFile(id, "meta.json");
  const meta = JSON.parse(await Deno.readTextFile(path));
  const newer = JSON.stringify({
    ...meta,
    schema: 99,
    invention: { of: "tomorrow" },
  });
  await Deno.writeTextFile(path, newer);
  assertEquals((await stage.show(id))["summary"], "one");
  await stage.agentctl(["clean", "--keep", "0", "--older-than", "1ms"]);
  assertEquals(await Deno.readTextFile(path), newer);
});

Deno.test("links in the store are not followed out of it", async () => {
  await using stage = await makeStage();
  const id = await stage.start(steps("One", resultStep(true, "one")));
  await stage.wait(id);
  const outside = join(stage.scratch.dir, "outside");
  await Deno.rename(stage.runFile(id, "."), outside);
  await Deno.symlink(outside, stage.runFile(id, "."));
  assertEquals((await stage.agentctl(["show", id])).code, 5);
  assert(!(await stage.agentctl(["list"])).stdout.includes(id));
});

Deno.test("clean removes old runs that were seen, with their panes, and nothing else", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const seen = await stage.start(
    steps("Seen", resultStep(true, "1")),
    "--run-id",
    "seen",
  );
  await stage.wait(seen);
  const alive = await stage.start(
    steps("Alive", { wait_for_file: gate }, resultStep(true, "2")),
    "--run-id",
    "alive",
  );
  const unseen = await stage.start(
    steps("Unseen", resultStep(true, "3")),
    "--run-id",
    "unseen",
  );
  await untilEnded(stage, unseen);

  const args = ["clean", "--keep", "0", "--older-than", "1ms", "--json"];
  const dry = JSON.parse((await stage.agentctl([...args, "--dry-run"])).stdout);
  assertEquals([dry.removed, dry.unseen], [["seen"], ["unseen"]]);
  assert(dry.bytes > 0);
  const largest = dry.largest.map((run: { run_id: string }) => run.run_id);
  assertEquals(largest.sort(), ["alive", "unseen"]);
  const words = await stage.agentctl([...args.slice(0, -1), "--dry-run"]);
  assertStringIncludes(words.stderr, "Would remove 1 run with ");
  const kept = JSON.parse((await stage.agentctl(["clean", "--json"])).stdout);
  assertEquals(kept.removed, []);
  const cleaned = JSON.parse((await stage.agentctl(args)).stdout);
  assertEquals(cleaned.removed, ["seen"]);
  const left = JSON.parse((await stage.agentctl(["list", "--json"])).stdout);
  assertEquals(left.map((run: { run_id: string }) => run.run_id).sort(), [
    "alive",
    "unseen",
  ]);
  await Deno.writeTextFile(gate, "");
  assertEquals((await stage.wait(alive)).code, 0);
});

Deno.test("a workspace that nobody approved does not act, and does once it is approved", async () => {
  await using stage = await makeStage();
  const marks = join(stage.scratch.dir, "mark");
  await stage.agentctl(["init"]);
  const inside = join(stage.repository.dir, ".ai-orch");
  await Deno.writeTextFile(
    join(inside, "config.jsonc"),
    JSON.stringify({
      on_finish: `touch ${marks}-finish`,
      tmux_sendkeys_target: "%0",
      default_sandbox: "danger-full-access",
      env_passthrough: ["CANARY"],
    }),
  );
  await stage.agentctl([
    "add-project",
    "here",
    ".",
    "--verify",
    `touch ${marks}-verify`,
  ]);
  const run = async () => {
    const id = await stage.start(
      steps("Do", resultStep(true, "done")),
      ...["--project", "here"],
    );
    const output = await stage.agentctl(["wait", id, "--full"]);
    return { record: JSON.parse(output.stdout), stderr: output.stderr };
  };
  const marksMade = () =>
    [...Deno.readDirSync(stage.scratch.dir)].map((entry) => entry.name)
      .filter((name) => name.startsWith("mark")).sort();
  const { record, stderr } = await run();
  await supervisorGone(stage, record.run_id);
  assertEquals([record.status, record.sandbox, record.verified], [
    "finished",
    "workspace-write",
    true,
  ]);
  const line =
    `Ignored tmux_sendkeys_target, on_finish, default_sandbox, env_passthrough of "${inside}/config.jsonc": it has changed since you approved it; look at it and run "agentctl trust ${stage.repository.dir}"`;
  assertEquals(record.warnings[0], line);
  assertEquals(stderr.split("\n")[0], line);
  assertEquals(stderr.split("Ignored").length, 2, stderr);
  // The list of projects is not the workers' to write.
  assertEquals(marksMade(), ["mark-verify"]);
  assertEquals(await Deno.stat(join(inside, "wake")).catch(() => null), null);

  assertEquals((await stage.agentctl(["trust"])).code, 0);
  const approved = await run();
  await supervisorGone(stage, approved.record.run_id);
  assertEquals(approved.record.sandbox, "danger-full-access");
  assertEquals(marksMade(), ["mark-finish", "mark-verify"]);
});

Deno.test("prompt --edit makes the workspace's own copy, which is used from then on", async () => {
  await using stage = await makeStage();
  const made = await stage.agentctl(["prompt", "spark", "--edit"]);
  assertEquals(made.code, 0, made.stderr);
  const path = made.stdout.trim();
  assertEquals(
    await Deno.readTextFile(path),
    (await stage.agentctl(["prompt", "spark"])).stdout,
  );
  await Deno.writeTextFile(path, "Be quick\n");
  assertEquals(
    (await stage.agentctl(["prompt", "spark"])).stdout,
    "Be quick\n",
  );
  assertStringIncludes(
    (await stage.agentctl(["prompt", "spark", "--edit"])).stderr,
    "nothing changed",
  );
  assertEquals(await Deno.readTextFile(path), "Be quick\n");
});
