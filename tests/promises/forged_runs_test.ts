import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

/** A workspace inside the repository, where the workers of the repository can write it. */
async function inRepository(stage: Stage) {
  await stage.agentctl(["init"]);
  const root = join(stage.repository.dir, ".ai-orch");
  const file = (id: string, name: string) => join(root, "runs", id, name);
  return {
    file,
    evil: join(stage.scratch.dir, "evil"),
    change: async (id: string, change: Record<string, unknown>) => {
      const path = file(id, "meta.json");
      const record = JSON.parse(await Deno.readTextFile(path));
      await Deno.writeTextFile(path, JSON.stringify({ ...record, ...change }));
    },
    record: async (
      id: string,
    ): Promise<Record<string, unknown>> => (await stage.show(id)),
    root,
  };
}

const done = steps("Work", resultStep(false, "not yet", "go on"));

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("what a worker writes into a run of the queue is not carried out", async () => {
  await using stage = await makeStage();
  const { file, evil, change, root } = await inRepository(stage);
  const attacks: Record<string, (id: string) => Promise<void>> = {
    "a check of its own": (id) => change(id, { verify: `touch ${evil}` }),
    "no sandbox": (id) => change(id, { sandbox: "danger-full-access" }),
    "another folder": (id) => change(id, { cwd: stage.scratch.home }),
    "an environment": (id) =>
      Deno.writeTextFile(
        file(id, "env.json"),
        JSON.stringify({ PATH: stage.scratch.dir }),
      ),
    "another prompt": (id) => Deno.writeTextFile(file(id, "prompt.md"), "Evil"),
  };
  for (const [name, attack] of Object.entries(attacks)) {
    const id = await stage.start(done, "--hold");
    await attack(id);
    await stage.agentctl(["release", id]);
    const { record, code } = await stage.wait(id);
    assertEquals([code, record["status"]], [4, "failed"], name);
    assertMatch(String(record["reason"]), /not as it was started/, name);
  }
  // A run that nobody started.
  const id = await stage.start(done, "--hold");
  const forged = "20260101-000000-0000";
  await Deno.mkdir(join(root, "runs", forged));
  await Deno.writeTextFile(file(forged, "prompt.md"), done);
  const record = JSON.parse(await Deno.readTextFile(file(id, "meta.json")));
  await Deno.writeTextFile(
    file(forged, "meta.json"),
    JSON.stringify({
      ...record,
      run_id: forged,
      root_run_id: forged,
      held: false,
      verify: `touch ${evil}`,
    }),
  );
  await Deno.writeTextFile(join(root, "queue", forged), "");
  await stage.agentctl(["list"]);
  assertEquals((await stage.wait(forged)).record["status"], "failed");
  // The run that was left alone is carried out.
  await stage.agentctl(["release", id]);
  assertEquals((await stage.wait(id)).record["status"], "finished");
  assertEquals(await exists(evil), false);
});

Deno.test("what a worker writes into the record of an ended run is not gone on with", async () => {
  await using stage = await makeStage();
  const { evil, change } = await inRepository(stage);
  const id = await stage.start(done);
  assertEquals((await stage.wait(id)).code, 1);
  const resume = () =>
    stage.agentctl(["resume", "--parent-run-id", id, "--prompt", "Go on"]);
  const honest = await resume();
  assertEquals(honest.code, 0, honest.stderr);
  await stage.wait(honest.stdout.trim());

  await change(id, { verify: `touch ${evil}`, cwd: stage.scratch.home });
  const { code, stderr } = await resume();
  assertEquals(code, 2);
  assertMatch(stderr, /its task is not the one that was started/);
  assertEquals(await exists(evil), false);
});

Deno.test("what a worker writes into the record of a run that was lost makes no further attempt", async () => {
  await using stage = await makeStage();
  const { file, evil, change } = await inRepository(stage);
  const id = await stage.start(
    steps("Hang", { say: "at work" }, { hang: true }),
  );
  await until(
    "the worker is at work",
    async (see) =>
      see(await Deno.readTextFile(file(id, "events.jsonl")).catch(() => ""))
        .includes("at work"),
  );
  const { supervisor_pid } = JSON.parse(
    await Deno.readTextFile(file(id, "meta.json")),
  );
  Deno.kill(supervisor_pid, "SIGSTOP");
  await change(id, {
    verify: `touch ${evil}`,
    chain: {
      ...(await stage.show(id))["chain"] as Record<string, unknown>,
      retries: 5,
    },
  });
  Deno.kill(supervisor_pid, "SIGKILL");
  const { record } = await stage.wait(id);
  assertEquals([record["status"], record["next_run_id"]], ["lost", null]);
  assertEquals(await exists(evil), false);
});
