import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { makeStage, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

const HANG = steps("Hang", { say: "at work" }, { hang: true });

/** Starts a run that hangs, and a wait for it; returns when the worker is running. */
async function hangingRun(stage: Stage) {
  const id = await stage.start(HANG);
  await stage.waitForFile(id, "events.jsonl", "at work");
  const record = await stage.show(id);
  assertEquals(record["status"], "running");
  const waiting = stage.wait(id);
  const meta = JSON.parse(
    await Deno.readTextFile(stage.runFile(id, "meta.json")),
  );
  return {
    id,
    waiting,
    pane: String(meta.pane.pane_id),
    supervisor: Number(meta.supervisor_pid),
  };
}

async function tmux(stage: Stage, ...args: string[]): Promise<void> {
  await new Deno.Command("tmux", { args, env: stage.env, clearEnv: true })
    .output();
}

/** Whether a process of the run is left, by the mark that every one of them carries. */
async function isAnybodyLeft(id: string): Promise<boolean> {
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const environment = await Deno.readTextFile(`/proc/${entry.name}/environ`)
      .catch(() => "");
    if (environment.split("\0").includes(`AGENTCTL_RUN_ID=${id}`)) return true;
  }
  return false;
}

async function untilNobodyIsLeft(id: string): Promise<void> {
  if (Deno.build.os !== "linux") return;
  await until(
    "every process of the run has ended",
    async () => !await isAnybodyLeft(id),
  );
}

Deno.test("a killed supervisor leaves a lost run, and wait returns", async () => {
  await using stage = await makeStage();
  const { id, waiting, supervisor } = await hangingRun(stage);
  Deno.kill(supervisor, "SIGKILL");
  const { record, code } = await waiting;
  assertEquals([record["status"], record["goal_met"], code], ["lost", null, 4]);
  // Nothing of the snapshot, which can be large, stays.
  for (const name of ["git", "reserve", "env.json", "peers"]) {
    await assertRejects(() => Deno.lstat(stage.runFile(id, name)));
  }
  await untilNobodyIsLeft(id);
  const log = await Deno.readTextFile(`${stage.workspace}/notify.log`);
  assertEquals(log.trim().split("\n").length, 1);
  assertStringIncludes(log, '"status":"lost"');
});

Deno.test("show tells of a lost run, and writes the end that nobody else will write", async () => {
  await using stage = await makeStage();
  const id = await stage.start(HANG);
  await stage.waitForFile(id, "events.jsonl", "at work");
  await stage.waitForFile(id, "meta.json", '"thread_id": "');
  const stored = async () =>
    JSON.parse(await Deno.readTextFile(stage.runFile(id, "meta.json")));
  Deno.kill((await stored()).supervisor_pid, "SIGKILL");
  await untilNobodyIsLeft(id);
  assertEquals((await stored()).status, "running");
  const shown = await stage.agentctl(["show", id], { ownProcess: true });
  assertEquals(JSON.parse(shown.stdout).status, "lost");
  const written = await stored();
  assertEquals(written.status, "lost");
  const listed = await stage.agentctl(["list"], { ownProcess: true });
  assertStringIncludes(listed.stdout, "lost");
  assertEquals(await stored(), written);
});

Deno.test("a closed pane stops the run and its worker", async () => {
  await using stage = await makeStage();
  const { id, waiting, pane } = await hangingRun(stage);
  await tmux(stage, "kill-pane", "-t", pane);
  const { record, code } = await waiting;
  assertEquals([record["status"], record["reason"], code], [
    "stopped",
    "The pane was closed",
    4,
  ]);
  await untilNobodyIsLeft(id);
});

Deno.test("a killed tmux server stops the run and its worker", async () => {
  await using stage = await makeStage();
  const { id, waiting } = await hangingRun(stage);
  await tmux(stage, "kill-server");
  const { record, code } = await waiting;
  assertEquals([record["status"], code], ["stopped", 4]);
  await untilNobodyIsLeft(id);
});

Deno.test("a pane that closes before its supervisor is there leaves a failed run", async () => {
  await using stage = await makeStage();
  const id = await stage.start(HANG);
  const record = await stage.show(id);
  await tmux(stage, "kill-server");
  const waited = await stage.wait(id);
  assertEquals(waited.code, 4);
  assertEquals(
    ["failed", "stopped"].includes(String(waited.record["status"])),
    true,
    String(record["status"]),
  );
});

Deno.test("one damaged record is named and hides no other run", async () => {
  await using stage = await makeStage();
  const good = await stage.start(
    steps("Good", {
      result: { goal_met: true, summary: "g", followup_prompt: "", notes: "" },
    }),
  );
  await stage.wait(good);
  for (const damage of ["", "[]", "null", "{", '{"schema":1}', "\0\xff"]) {
    await Deno.mkdir(stage.runFile("broken", "."), { recursive: true });
    await Deno.writeTextFile(stage.runFile("broken", "meta.json"), damage);
    const list = await stage.agentctl(["list"]);
    assertEquals(list.code, 0);
    assertStringIncludes(list.stdout, good.slice(-4));
    assertStringIncludes(list.stdout, "damaged");
    assertStringIncludes(list.stderr, stage.runFile("broken", "meta.json"));
    const show = await stage.agentctl(["show", "broken"]);
    assertEquals(show.code, 5);
    assertEquals(
      await Deno.readTextFile(stage.runFile("broken", "meta.json")),
      damage,
    );
  }
});
