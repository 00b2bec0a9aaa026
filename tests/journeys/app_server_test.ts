import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  describe,
  findSupervisor,
  processesOfRun,
} from "../chaos/processes.ts";
import {
  callShell,
  delayUntil,
  finish,
  hang,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage } from "../support/stage.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";
import { until } from "../support/until.ts";

function answer(goal_met: boolean, summary: string) {
  return finish({ goal_met, summary, followup_prompt: "", notes: "" });
}

/** It takes half a second; other tests may keep the machine busy. */
const GONE_MS = 5_000;

const BY_APP_SERVER = ["--profile", "spark", "--transport", "app-server"];

Deno.test("real Codex by app-server: a run, its files and its record are as by exec", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    callShell("echo one > one.txt; exit 3"),
    answer(true, "one file"),
  ]));
  await using stage = await makeStage({ modelServer: server });
  const records = [];
  for (const transport of ["exec", "app-server"]) {
    const id = await stage.start(
      ...["Make a file", "--profile", "spark", "--transport", transport],
    );
    const { record, code } = await stage.wait(id);
    assertEquals([code, record["goal_met"], record["summary"]], [
      ...[0, true, "one file"],
    ], JSON.stringify(record));
    const events = (await Deno.readTextFile(stage.runFile(id, "events.jsonl")))
      .trim().split("\n").map((line) => JSON.parse(line));
    records.push({
      events: events.map((event) => ({ ...event, thread_id: null })),
      usage: record["usage"],
      files: record["files_changed"],
      warnings: record["warnings"],
      exit: record["exit_code"],
    });
  }
  assertEquals(records[1]?.events, records[0]?.events);
  assertEquals({ ...records[1], files: [] }, { ...records[0], files: [] });
});

Deno.test("real Codex by app-server: a message reaches the model within its turn, and kills nothing", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = startModelServer(scriptByPrompt(() => [
    callShell(
      "touch begun; while [ ! -e go ]; do sleep 0.1; done; echo one > one.txt",
    ),
    delayUntil(gate.promise, answer(true, "heard")),
  ]));
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start("Make a file", ...BY_APP_SERVER);
  await stage.waitForFile(id, "events.jsonl", "command_execution");
  const text = "Make two: $(touch evil) `x` \u001b[31m ü 漢\r\n";
  const sent = await stage.agentctl(["send", id], { stdin: text });
  assertEquals([sent.code, sent.stdout], [0, `${id}/1\n`], sent.stderr);
  await stage.waitForFile(id, "messages/1.json", '"accepted_at": "');
  await Deno.writeTextFile(`${stage.repository.dir}/go`, "");
  await server.waitForRequest((request) => request.prompts.length === 2);
  gate.resolve();
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["summary"]], [0, "heard"], JSON.stringify(record));
  assertEquals(server.requests.at(-1)?.prompts, ["Make a file", text]);
  assertEquals(server.requests.length, 2);
  const [message] = record["messages"] as { state: string }[];
  assertEquals(message?.state, "answered");
});

Deno.test("real Codex by app-server: send --now interrupts a turn that hangs, and goes on in its process", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    callShell("touch running; sleep 600"),
    answer(true, "corrected"),
  ]));
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start("Sleep for long", ...BY_APP_SERVER);
  await stage.waitForFile(id, "events.jsonl", "command_execution");
  const sent = await stage.agentctl([
    ...["send", id, "Do not sleep", "--now", "--wait"],
  ]);
  assertEquals(
    [sent.code, sent.stdout],
    [0, `${id}/1 answered\n`],
    sent.stderr,
  );
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"], record["summary"]], [
    ...[0, "finished", "corrected"],
  ], JSON.stringify(record));
  const rpc = await Deno.readTextFile(stage.runFile(id, "rpc.jsonl"));
  assertEquals(rpc.split('"method":"initialize"').length, 2);
});

Deno.test("real Codex by app-server: a run is stopped, resumed by exec, and leaves the user's settings alone", async () => {
  await using server = startModelServer((request) =>
    request.prompts.includes("Go on") ? answer(true, "done") : hang()
  );
  await using stage = await makeStage({ modelServer: server });
  const config = `${stage.env["CODEX_HOME"]}/config.toml`;
  const before = await Deno.readTextFile(config);
  const id = await stage.start("Hang", ...BY_APP_SERVER);
  await server.waitForRequest(() => true);
  await stage.agentctl(["stop", id]);
  const { record } = await stage.wait(id);
  assertEquals(record["status"], "stopped", JSON.stringify(record));
  const next = await stage.agentctl([
    ...[
      "resume",
      "--parent-run-id",
      id,
      "--transport",
      "exec",
      "--prompt",
      "Go on",
    ],
  ]);
  const resumed = await stage.wait(next.stdout.trim());
  assertEquals(resumed.record["thread_id"], record["thread_id"]);
  assertEquals(resumed.record["summary"], "done");
  assertEquals(await Deno.readTextFile(config), before);
});

Deno.test("real Codex by app-server: the model is asked for the same as by exec, also when a thread continues with another profile", async () => {
  await using server = startModelServer(() => answer(true, "done"));
  await using stage = await makeStage({ modelServer: server });
  await Deno.writeTextFile(`${stage.repository.dir}/AGENTS.md`, "Be kind.\n");
  const config = `${stage.env["CODEX_HOME"]}/config.toml`;
  const before = await Deno.readTextFile(config);
  const asked = [];
  for (const transport of ["app-server", "exec"]) {
    const first = server.requests.length;
    const how = ["--transport", transport, "--mcp", "none"];
    const id = await stage.start("Say it", "--profile", "spark", ...how);
    assertEquals((await stage.wait(id)).code, 0);
    const next = await stage.agentctl([
      ...["resume", "--parent-run-id", id, "--profile", "deep"],
      ...["--transport", transport, "--prompt", "Go on"],
    ]);
    const { record } = await stage.wait(next.stdout.trim());
    assertEquals(record["warnings"], []);
    asked.push(
      server.requests.slice(first).map(({ body }) => {
        const { client_metadata: _, prompt_cache_key: __, ...rest } = body;
        const text = JSON.stringify(rest);
        assertStringIncludes(text, "Be kind.");
        return JSON.parse(
          text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID")
            .replaceAll(/resp_\d+_/g, "")
            // By app-server it may ask.
            .replaceAll("in Default or Plan mode", "in Plan mode"),
        );
      }),
    );
  }
  assertEquals(asked[1], asked[0]);
  assertEquals(asked[1]?.length, 2);
  assertEquals(await Deno.readTextFile(config), before);
});

Deno.test("real Codex by app-server: a profile keeps its place below a project that is trusted, and the user's settings stay as they are", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    answer(true, "done"),
  ]));
  // Where no worker can have written, so that the project's settings count.
  await using stage = await makeStage({
    modelServer: server,
    dir: OUT_OF_REACH,
  });
  const { repository, env } = stage;
  const config = `${env["CODEX_HOME"]}/config.toml`;
  await Deno.mkdir(`${repository.dir}/.codex`);
  await Deno.writeTextFile(
    `${repository.dir}/.codex/config.toml`,
    'model_reasoning_effort = "minimal"\n',
  );
  const trust = `\n[projects."${repository.dir}"]\ntrust_level = "trusted"\n`;
  for (const trusted of [false, true]) {
    if (trusted) await Deno.writeTextFile(config, trust, { append: true });
    const before = await Deno.readTextFile(config);
    for (const transport of ["exec", "app-server"]) {
      const id = await stage.start(
        ...["Say it", "--profile", "deep", "--transport", transport],
        ...["--sandbox", "read-only"],
      );
      const { record } = await stage.wait(id);
      assertEquals(record["goal_met"], true, JSON.stringify(record));
      assertEquals(record["warnings"], []);
      const { effort, verbosity } = server.requests.at(-1) ?? {};
      const expected = trusted ? ["minimal", "high"] : ["xhigh", "high"];
      assertEquals([effort, verbosity], expected, transport);
    }
    assertEquals(await Deno.readTextFile(config), before);
  }
});

Deno.test("real Codex: nothing that a run has started outlives its supervisor when that is killed, by app-server or by exec", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    callShell("setsid sleep 600 & nohup sleep 600 & touch running; sleep 600"),
  ]));
  await using stage = await makeStage({ modelServer: server });
  for (const transport of ["exec", "app-server"]) {
    for (const sandbox of ["workspace-write", "danger-full-access"]) {
      const id = await stage.start(
        ...["Sleep for long", "--profile", "spark", "--transport", transport],
        ...["--sandbox", sandbox],
      );
      await until(
        "the worker's commands run",
        () => describe(processesOfRun(id)).split("(sleep 600)").length > 3,
      );
      Deno.kill(findSupervisor(id) ?? 0, "SIGKILL");
      // Nobody looks meanwhile, who would end them.
      await until(
        `the end of what ran by ${transport} with ${sandbox}`,
        (see) => see(describe(processesOfRun(id))) === "",
        { within: GONE_MS },
      );
      const { record } = await stage.wait(id);
      assertEquals(record["status"], "lost");
    }
  }
});
