import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  callShell,
  delayUntil,
  finish,
  hang,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage } from "../support/stage.ts";

function answer(goal_met: boolean, summary: string) {
  return finish({ goal_met, summary, followup_prompt: "", notes: "" });
}

Deno.test("real Codex: a message is the next turn of the same thread, where Codex does not hear it within a turn", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = startModelServer(scriptByPrompt(() => [
    callShell("echo one > one.txt"),
    delayUntil(gate.promise, answer(true, "one file")),
    callShell("echo two > two.txt"),
    answer(true, "two files"),
  ]));
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start(
    ...["Make a file", "--profile", "spark", "--transport", "exec"],
  );
  await server.waitForRequest((request) => request.prompts.length === 1);
  const text = "Make two: $(touch evil) `x` \u001b[31m ü 漢\r\n";
  const sent = await stage.agentctl(["send", id], { stdin: text });
  assertEquals([sent.code, sent.stdout], [0, `${id}/1\n`], sent.stderr);
  gate.resolve();
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["goal_met"], record["summary"]], [
    ...[0, true, "two files"],
  ], JSON.stringify(record));
  assertEquals(record["files_changed"], ["one.txt", "two.txt"]);
  assertEquals(server.requests.at(-1)?.prompts, ["Make a file", text]);
  const threads = new Set(server.requests.map(({ threadId }) => threadId));
  assertEquals([...threads], [record["thread_id"]]);
  assertEquals(server.requests.map(({ effort }) => effort), [
    ...["low", "low", "low", "low"],
  ]);
  const [message] = record["messages"] as { state: string }[];
  assertEquals(message?.state, "answered");
  assertEquals(server.scriptErrors, []);
});

Deno.test("real Codex: send --now stops a turn that hangs, with what it had started, and goes on in its thread", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    callShell("touch running; sleep 600"),
    answer(true, "corrected"),
  ]));
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start("Sleep for long", "--profile", "spark");
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
  // Codex itself tells the model that the turn before was stopped.
  const [first, aborted, last] = server.requests.at(-1)?.prompts ?? [];
  assertEquals([first, last], ["Sleep for long", "Do not sleep"]);
  assertStringIncludes(`${aborted}`, "<turn_aborted>");
  assertStringIncludes(
    JSON.stringify(server.requests.at(-1)?.body["input"]),
    "touch running",
  );
});

Deno.test("real Codex: send --now at the very beginning of a turn loses no prompt", async () => {
  await using server = startModelServer((request) =>
    request.prompts.includes("The second task")
      ? answer(true, "both read")
      : hang()
  );
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start("The first task", "--profile", "spark");
  // Perhaps before Codex has even begun.
  const sent = await stage.agentctl([
    ...["send", id, "The second task", "--now", "--wait"],
  ]);
  const { record } = await stage.wait(id);
  assertEquals(sent.stdout, `${id}/1 answered\n`, JSON.stringify(record));
  assertEquals(record["summary"], "both read");
  const prompts = server.requests.at(-1)?.prompts ?? [];
  // Codex writes the prompt down only after it has told of the turn.
  assertEquals([prompts[0], prompts.at(-1)], [
    ...["The first task", "The second task"],
  ]);
});
