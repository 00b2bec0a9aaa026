import { assert, assertEquals, assertMatch } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

/** A task that works until somebody writes the file, and then has met its goal or not. */
function gated(title: string, gate: string, goalMet = true): string {
  return steps(
    title,
    { say: "at work" },
    { wait_for_file: gate },
    resultStep(goalMet, `${title} is done`),
  );
}

const done = (title: string) => steps(title, resultStep(true, title));

async function setConfig(stage: Stage, config: Record<string, unknown>) {
  await Deno.mkdir(stage.workspace, { recursive: true });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify(config),
  );
}

function gateOf(stage: Stage, name: string) {
  const path = join(stage.repository.dir, name);
  return { path, open: () => Deno.writeTextFile(path, "") };
}

async function statusOf(stage: Stage, id: string): Promise<string> {
  return String((await stage.show(id))["status"]);
}

/** The runs in the order in which they began to work. */
async function inOrderOfStart(stage: Stage, ids: string[]): Promise<string[]> {
  const records = await Promise.all(ids.map((id) => stage.show(id)));
  return records
    .toSorted((a, b) =>
      String(a["started_at"]) < String(b["started_at"]) ? -1 : 1
    )
    .map((record) => String(record["title"]));
}

Deno.test("no more runs work at once than max_parallel says, and the next one starts when one ends", async () => {
  await using stage = await makeStage();
  await setConfig(stage, { max_parallel: 1 });
  const gate = gateOf(stage, "gate");
  const first = await stage.start(gated("first", gate.path));
  await stage.waitForFile(first, "events.jsonl", "at work");
  const low = await stage.start(done("low"), "--priority", "-1");
  const normal = await stage.start(done("normal"));
  const high = await stage.start(done("high"), "--priority", "5");
  for (const id of [low, normal, high]) {
    assertEquals(await statusOf(stage, id), "queued");
  }
  const { stdout } = await stage.agentctl(["list"], {
    env: { COLUMNS: "200" },
  });
  assertMatch(stdout, /○ queued +normal \(for a slot\)/);
  await gate.open();
  const { code } = await stage.agentctl(["wait", first, low, normal, high]);
  assertEquals(code, 0);
  assertEquals(await inOrderOfStart(stage, [first, low, normal, high]), [
    "first",
    "high",
    "normal",
    "low",
  ]);
});

Deno.test("max_parallel_by_profile limits one profile and no other", async () => {
  await using stage = await makeStage();
  await setConfig(stage, { max_parallel_by_profile: { deep: 1 } });
  const gate = gateOf(stage, "gate");
  const first = await stage.start(gated("a", gate.path), "--profile", "deep");
  const second = await stage.start(done("b"), "--profile", "deep");
  const other = await stage.start(done("c"), "--profile", "spark");
  assertEquals((await stage.wait(other)).code, 0);
  assertEquals(await statusOf(stage, second), "queued");
  await gate.open();
  assertEquals((await stage.wait(second)).code, 0);
  assertEquals((await stage.wait(first)).code, 0);
});

Deno.test("a run on hold starts when it is released, and only once", async () => {
  await using stage = await makeStage();
  const id = await stage.start(done("held"), "--hold");
  assertEquals(await statusOf(stage, id), "queued");
  const early = await stage.agentctl(["wait", id, "--timeout", "1s"]);
  assertEquals(early.code, 124);
  assertEquals((await stage.agentctl(["release", id])).code, 0);
  assertEquals((await stage.wait(id)).code, 0);
  const { code, stderr } = await stage.agentctl(["release", id]);
  assertEquals(
    [code, stderr],
    [2, `Cannot release run "${id}": it is finished, not held\n`],
  );
});

Deno.test("--after starts a run when the others have met their goal, and stops a chain of dependents when one has not", async () => {
  await using stage = await makeStage();
  const gate = gateOf(stage, "gate");
  const good = await stage.start(gated("good", gate.path));
  const bad = await stage.start(gated("bad", gate.path, false));
  const afterGood = await stage.start(done("after good"), "--after", good);
  const afterBoth = await stage.start(
    done("after both"),
    "--after",
    `${good},${bad}`,
  );
  const dependent = await stage.start(done("dependent"), "--after", afterBoth);
  const anyway = await stage.start(done("anyway"), "--after-any-end", bad);
  const tree = await stage.agentctl(["list", "--tree"], {
    env: { COLUMNS: "200" },
  });
  assertMatch(tree.stdout, /└ dependent \(after /);
  await gate.open();
  assertEquals((await stage.wait(afterGood)).code, 0);
  assertEquals((await stage.wait(anyway)).code, 0);
  const stopped = await stage.wait(afterBoth);
  assertEquals([stopped.code, stopped.record["status"]], [4, "stopped"]);
  assertEquals(
    stopped.record["reason"],
    `Run ${bad}, which it was to start after, ended without meeting its goal (goal not met)`,
  );
  assertEquals(
    (await stage.wait(dependent)).record["reason"],
    `Run ${afterBoth}, which it was to start after, ended without meeting its goal (stopped)`,
  );
});

Deno.test("--after refuses a run that is not there, and leaves nothing behind", async () => {
  await using stage = await makeStage();
  const { code, stderr } = await stage.agentctl([
    "start",
    "--after",
    "20200101-000000-0000",
    "--prompt",
    "x",
  ]);
  assertEquals(code, 3);
  assertMatch(stderr, /Cannot find run "20200101-000000-0000"/);
  const { stdout } = await stage.agentctl(["list", "--json"]);
  assertEquals(JSON.parse(stdout), []);
});

Deno.test("a paused profile starts no run until it is unpaused, and list says so", async () => {
  await using stage = await makeStage();
  assertEquals((await stage.agentctl(["pause", "deep"])).code, 0);
  const deep = await stage.start(done("deep one"), "--profile", "deep");
  const spark = await stage.start(done("spark one"), "--profile", "spark");
  assertEquals((await stage.wait(spark)).code, 0);
  const list = await stage.agentctl(["list"], { env: { COLUMNS: "200" } });
  assertMatch(list.stdout, /deep one \(deep is paused\)/);
  assertEquals(list.stderr, "Profile deep is paused\n");
  await stage.agentctl(["unpause", "deep"]);
  assertEquals((await stage.wait(deep)).code, 0);

  await stage.agentctl(["pause", "--for", "6s"]);
  const later = await stage.start(done("later"));
  assertEquals(await statusOf(stage, later), "queued");
  assertEquals((await stage.wait(later)).code, 0);
});

Deno.test("stop ends a run that waits, and what comes after it", async () => {
  await using stage = await makeStage();
  const held = await stage.start(done("held"), "--hold");
  const after = await stage.start(done("after"), "--after", held);
  const { code, stderr } = await stage.agentctl(["stop", held]);
  assertEquals([code, stderr], [0, `Run ${held} is stopped\n`]);
  assertEquals((await stage.wait(after)).record["status"], "stopped");
});

Deno.test("a transient failure is retried, in one chain with one notification", async () => {
  await using stage = await makeStage();
  const prompt = steps(
    "Unlucky",
    { fail: "stream disconnected before completion: error sending request" },
  );
  const id = await stage.start(prompt, "--retry", "1");
  const waited = await stage.agentctl(["wait", id]);
  assertEquals(waited.code, 4);
  await stage.wait(id);
  const record = JSON.parse(waited.stdout);
  assert(record.run_id !== id);
  assertMatch(waited.stderr, new RegExp(`Attempt 1, run ${id}: `));
  const chain = await stage.agentctl(["chain", id, "--json"]);
  const records: Record<string, unknown>[] = JSON.parse(chain.stdout);
  assertEquals(
    records.map(({ run_id, next_run_id }) => [run_id, next_run_id]),
    [[id, record.run_id], [record.run_id, null]],
  );
  const log = await Deno.readTextFile(join(stage.workspace, "notify.log"));
  assertEquals(log.trim().split("\n").length, 1);
  assertMatch(log, new RegExp(record.run_id));
  const { stdout } = await stage.agentctl(["show", id, "--full"]);
  assertEquals(JSON.parse(stdout).next_run_id, record.run_id);
});

Deno.test("a goal that is not met goes to the next profile, with the report of the first", async () => {
  await using stage = await makeStage();
  await setConfig(stage, { escalate: { spark: ["deep"] } });
  const prompt = steps(
    "Too hard",
    { write: { path: "half.txt", text: "half\n" } },
    resultStep(false, "Only half is done", "Do the other half"),
  );
  const id = await stage.start(prompt, "--profile", "spark");
  const waited = await stage.agentctl(["wait", id]);
  assertEquals(waited.code, 1);
  const last = JSON.parse(waited.stdout);
  assertEquals(last.profile, "deep");
  const text = await Deno.readTextFile(stage.runFile(last.run_id, "prompt.md"));
  for (
    const part of [
      "Too hard\n",
      "## Attempt 1 (spark)",
      "Its summary:\n\n```\nOnly half is done\n```\n",
      "+half",
      "Do the other half",
    ]
  ) assert(text.includes(part), `"${part}" is not in: ${text}`);
  // What the first attempt left in the inbox is not a result of its own.
  const inbox = await stage.agentctl(["inbox", "--json"]);
  assertEquals(JSON.parse(inbox.stdout), []);

  const alone = await stage.start(
    prompt,
    "--profile",
    "spark",
    "--escalate",
    "none",
  );
  assertEquals((await stage.wait(alone)).record["next_run_id"], null);
});

Deno.test("stop of a run that was handed on ends the attempt that lives", async () => {
  await using stage = await makeStage();
  const gate = gateOf(stage, "gate");
  // The same script for each attempt: the second one finds its gate open no more.
  const prompt = steps(
    "Again",
    { say: "at work" },
    { wait_for_file: gate.path },
    { delete: "gate" },
    resultStep(false, "No"),
  );
  const id = await stage.start(prompt, "--escalate", "deep");
  await gate.open();
  await stage.waitForFile(id, "meta.json", '"next_run_id": "2');
  const next = String((await stage.show(id))["next_run_id"]);
  // It is made after the end of the first one is written.
  await until(
    `attempt ${next} is made`,
    () => exists(stage.runFile(next, "meta.json")),
  );
  const { code } = await stage.agentctl(["stop", id]);
  assertEquals(code, 0);
  assertEquals(await statusOf(stage, next), "stopped");
  assertEquals((await stage.agentctl(["wait", id])).code, 4);
});

Deno.test("the queue goes on although a supervisor is killed and nobody waits", async () => {
  await using stage = await makeStage();
  await setConfig(stage, { max_parallel: 2 });
  const gate = gateOf(stage, "gate");
  const kept = await stage.start(gated("kept", gate.path));
  const killed = await stage.start(gated("killed", gate.path));
  const next = await stage.start(done("next"));
  for (const id of [kept, killed]) {
    await stage.waitForFile(id, "events.jsonl", "at work");
  }
  await stage.waitForFile(killed, "meta.json", '"supervisor_pid": ');
  const meta = JSON.parse(
    await Deno.readTextFile(stage.runFile(killed, "meta.json")),
  );
  Deno.kill(meta.supervisor_pid, "SIGKILL");
  // The supervisor of the run that goes on sees it.
  await stage.waitForFile(next, "meta.json", '"finished"');
  assertEquals(await statusOf(stage, killed), "lost");
  await gate.open();
  assertEquals((await stage.wait(kept)).code, 0);
});

Deno.test("clean keeps the runs that others still come after", async () => {
  await using stage = await makeStage();
  const first = await stage.start(done("first"));
  await stage.wait(first);
  const other = await stage.start(done("other"));
  await stage.wait(other);
  const held = await stage.start(done("held"), "--hold", "--after", first);
  const clean = await stage.agentctl([
    ...["clean", "--older-than", "1ms", "--keep", "0", "--json"],
  ]);
  assertEquals(JSON.parse(clean.stdout).removed, [other], clean.stderr);
  await stage.agentctl(["release", held]);
  assertEquals((await stage.wait(held)).code, 0);
});

Deno.test("wait takes a project, all that live, and returns at the first failure if told to", async () => {
  await using stage = await makeStage();
  const gate = gateOf(stage, "gate");
  await stage.agentctl(["add-project", "shop", stage.repository.dir]);
  const slow = await stage.start(gated("slow", gate.path), "--project", "shop");
  const bad = await stage.start(
    steps("bad", resultStep(false, "No")),
    ...["--project", "shop", "--hold"],
  );
  const early = stage.agentctl(["wait", "@shop", "--fail-fast"]);
  await stage.agentctl(["release", bad]);
  const failed = await early;
  assertEquals([failed.code, failed.stderr], [1, `Still running: ${slow}\n`]);
  assertEquals(JSON.parse(failed.stdout).run_id, bad);
  const rest = stage.agentctl(["wait", "--all-running"]);
  await gate.open();
  const { code, stdout } = await rest;
  const [record, ...others] = JSON.parse(stdout);
  assertEquals([code, record?.run_id ?? slow, others.length], [0, slow, 0]);
  const none = await stage.agentctl(["wait", "@shop"]);
  assertEquals([none.code, none.stdout], [0, "[]\n"]);
});
