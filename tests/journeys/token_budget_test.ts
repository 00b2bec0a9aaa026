import { assertEquals, assertStringIncludes } from "@std/assert";
import { walk } from "@std/fs";
import { join } from "@std/path";
import {
  applyPatch,
  callShell,
  delayUntil,
  finish,
  hang,
  say,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";

const PATCH = `*** Begin Patch
*** Update File: greeting.txt
@@
-hello
+HELLO
*** End Patch
`;

/** An answer of the model that costs so much, a tenth of it for writing. */
function costs(tokens: number) {
  const output = tokens / 10;
  return { usage: { input: tokens - output, cached: 0, output, reasoning: 0 } };
}

function answer(summary: string, tokens: number) {
  const result = { goal_met: true, summary, followup_prompt: "", notes: "" };
  return finish(result, costs(tokens));
}

function failureOf(record: Record<string, unknown>) {
  return record["failure"] as { class: string; remedy: string } | null;
}

Deno.test("real Codex: a run that reaches its budget in the middle of a turn is ended, and what it did is kept", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    say("I will write the greeting in capitals.", costs(1000)),
    applyPatch(PATCH, costs(2000)),
    callShell("sleep 300", costs(6000)),
    answer("It greets in capitals", 100),
  ]));
  await using stage = await makeStage({ modelServer: server });
  const options = ["--profile", "spark", "--max-tokens", "8k"];
  const id = await stage.start("Greet in capitals", ...options);
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"], record["goal_met"]], [
    4,
    "stopped",
    null,
  ], JSON.stringify(record));
  assertEquals(
    record["reason"],
    "The budget of 8000 tokens was reached (9000 used)",
  );
  assertEquals(failureOf(record)?.class, "budget");
  assertStringIncludes(String(failureOf(record)?.remedy), id);
  assertEquals(record["ended_by"], ["interrupt"]);
  assertEquals(record["usage"], {
    input_tokens: 8100,
    cached_input_tokens: 0,
    output_tokens: 900,
    reasoning_output_tokens: 0,
  });
  assertStringIncludes(String(record["git_diff_stat"]), "greeting.txt");
  assertEquals(
    record["summary"],
    "Not finished; the worker's last words: I will write the greeting in capitals.",
  );
  assertEquals(server.requests.length, 3);

  // The thread goes on, and its new run counts its own tokens alone, even if
  // Codex was killed before it had counted the last answer.
  for await (
    const { path } of walk(join(stage.env["CODEX_HOME"] ?? "", "sessions"), {
      exts: [".jsonl"],
    })
  ) {
    const lines = (await Deno.readTextFile(path)).split("\n");
    const before = lines.filter((line) =>
      !/"token_count".*"total_token_usage":\{"input_tokens":8100/.test(line)
    );
    await Deno.writeTextFile(path, before.join("\n"));
  }
  server.setScript(scriptByPrompt(() => [
    callShell("true", costs(3000)),
    answer("It greets in capitals", 2000),
  ]));
  const resumed = await stage.agentctl([
    ...["resume", "--parent-run-id", id, "--max-tokens", "8000"],
    ...["--prompt", "Go on"],
  ]);
  assertEquals(resumed.code, 0, resumed.stderr);
  const next = await stage.wait(resumed.stdout.trim());
  assertEquals([next.code, next.record["goal_met"]], [0, true]);
  assertEquals(next.record["usage"], {
    input_tokens: 4500,
    cached_input_tokens: 0,
    output_tokens: 500,
    reasoning_output_tokens: 0,
  });
  assertEquals(server.scriptErrors, []);
});

Deno.test("real Codex: the record tells the tokens while the run goes on", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = startModelServer(scriptByPrompt(() => [
    say("I look.", costs(1000)),
    delayUntil(gate.promise, answer("Looked", 500)),
  ]));
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start("Look", "--profile", "spark");
  await stage.waitForFile(id, "meta.json", '"input_tokens": 900');
  const running = await stage.show(id);
  assertEquals(running["status"], "running");
  assertEquals(
    (running["usage"] as { output_tokens: number }).output_tokens,
    100,
  );
  gate.resolve();
  const { record } = await stage.wait(id);
  assertEquals(
    (record["usage"] as { input_tokens: number }).input_tokens,
    1350,
  );
});

Deno.test("real Codex: an answer that passes the budget is kept, one that is not a result is not asked for again", async () => {
  await using server = startModelServer(
    scriptByPrompt((request) => [
      request.prompts[0] === "Answer"
        ? answer("Answered", 5000)
        : finish("I think that all is well.", costs(5000)),
      answer("Repaired", 100),
    ]),
  );
  await using stage = await makeStage({ modelServer: server });
  const options = ["--profile", "spark", "--max-tokens", "4000"];
  const answered = await stage.wait(await stage.start("Answer", ...options));
  assertEquals(
    [answered.code, answered.record["status"], answered.record["summary"]],
    [0, "finished", "Answered"],
    JSON.stringify(answered.record),
  );
  assertEquals(failureOf(answered.record), null);

  const plain = await stage.wait(await stage.start("Chat", ...options));
  assertEquals(
    [plain.code, plain.record["status"], failureOf(plain.record)?.class],
    [4, "stopped", "budget"],
    JSON.stringify(plain.record),
  );
  assertStringIncludes(
    String(plain.record["summary"]),
    "I think that all is well.",
  );
  assertEquals(server.requests.length, 2);
});

Deno.test("real Codex: an ephemeral run counts after each answer by app-server, and by exec at the end of a turn, which start says", async () => {
  await using server = startModelServer(
    scriptByPrompt((request) =>
      request.prompts[0] === "Answer" ? [answer("Answered", 5000)] : [
        say("I look first.", costs(1000)),
        callShell("true", costs(8000)),
        hang(),
      ]
    ),
  );
  await using stage = await makeStage({ modelServer: server });
  const options = ["--profile", "spark", "--transport", "app-server"];
  const work = await stage.start(
    "Work",
    ...options,
    "--ephemeral",
    "--max-tokens",
    "8k",
  );
  const { record } = await stage.wait(work);
  assertEquals(
    [record["status"], record["reason"], record["warnings"]],
    ["stopped", "The budget of 8000 tokens was reached (9000 used)", []],
    JSON.stringify(record),
  );
  assertEquals(failureOf(record)?.class, "budget");
  assertEquals(
    (record["usage"] as { input_tokens: number }).input_tokens,
    8100,
  );

  const words = '"codex exec" reports the tokens of an ephemeral run only';
  const late = await stage.agentctl([
    ...["start", "--profile", "spark", "--transport", "exec", "--ephemeral"],
    ...["--max-tokens", "4k", "--prompt", "Answer"],
  ]);
  assertStringIncludes(late.stderr, words);
  const ended = await stage.wait(late.stdout.trim());
  assertEquals([ended.code, ended.record["summary"]], [0, "Answered"]);
  assertEquals((ended.record["warnings"] as string[]).length, 1);
});

Deno.test("without a rollout a budget counts at the end of a turn", async () => {
  await using stage = await makeStage();
  const usage = { usage: { input_tokens: 900, output_tokens: 100 } };
  const id = await stage.start(
    steps("Chat", usage, { result_text: "All is well" }),
    ...["--max-tokens", "1000"],
  );
  const { record, code } = await stage.wait(id);
  assertEquals([code, failureOf(record)?.class], [4, "budget"]);
  const below = await stage.start(
    steps("Work", usage, resultStep(true, "done")),
    ...["--max-tokens", "1001"],
  );
  const kept = await stage.wait(below);
  assertEquals([kept.code, kept.record["max_tokens"]], [0, 1001]);
  const wrong = await stage.agentctl(["start", "--max-tokens", "lots"], {
    stdin: "x",
  });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, 'Cannot use --max-tokens "lots"');
});
