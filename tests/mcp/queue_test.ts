import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { connectProcess } from "./mcp_client.ts";

const done = (title: string) => steps(title, resultStep(true, title));

async function setConfig(stage: Stage, config: Record<string, unknown>) {
  await Deno.mkdir(stage.workspace, { recursive: true });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify(config),
  );
}

Deno.test("start_batch starts all tasks in order, with names for what comes after what, and says what waits", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const gate = join(stage.scratch.dir, "gate");
  const started = await mcp.call("start_batch", {
    tasks: [
      { name: "parser", prompt: done("parser"), after: ["lexer"], retry: 1 },
      {
        name: "lexer",
        prompt: steps(
          "Lexer",
          { wait_for_file: gate },
          resultStep(true, "lexed"),
        ),
        profile: "spark",
        escalate: ["deep"],
      },
      { name: "docs", prompt: done("docs"), title: "The docs", hold: true },
    ],
  });
  assert(!started.isError, started.text);
  const { runs, next } = started.data;
  assertEquals(
    runs.map(({ name, title }) => [name, title]),
    [["parser", "parser"], ["lexer", "lexer"], ["docs", "The docs"]],
  );
  const [parser = "", lexer = "", docs = ""] = runs.map(({ run_id }) => run_id);
  assertEquals(
    runs.map(({ waiting }) => waiting),
    [`after ${lexer}`, undefined, 'held, until "agentctl release"'],
  );
  assertStringIncludes(next ?? "", JSON.stringify([parser, lexer, docs]));

  const early = await mcp.call("wait", {
    run_ids: [parser],
    timeout_seconds: 1,
  });
  assertEquals(early.data.running[0]?.waiting, `after ${lexer}`);
  assertStringIncludes(early.text, `(queued): after ${lexer}`);
  const listed = await mcp.call("list", { status: "queued" });
  assertEquals(
    listed.data.runs.map(({ run_id, waiting }) => [run_id, waiting]).sort(),
    [[docs, 'held, until "agentctl release"'], [parser, `after ${lexer}`]]
      .sort(),
  );

  assertEquals(
    (await mcp.call("release", { run_ids: [docs] })).isError,
    false,
  );
  await Deno.writeTextFile(gate, "");
  const waited = await mcp.call("wait", { run_ids: [parser, lexer, docs] });
  assertEquals(
    waited.data.ended.map(({ summary }) => summary),
    ["parser", "lexed", "docs"],
  );
  const again = await mcp.call("release", { run_ids: [docs] });
  assertStringIncludes(again.text, "not held");
});

Deno.test("start_batch starts nothing if something is wrong with one task, and names it", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const good = { name: "good", prompt: done("good") };
  const wrong: [unknown[], string][] = [
    [[good, { name: "b", prompt: " " }], 'standard input (task "b")'],
    [[good, { name: "b", prompt: "x", project: "shop" }], '(task "b")'],
    [[good, { name: "b", prompt: "x", after: ["lexer"] }], '(task "b")'],
    [[good, { name: "b", prompt: "x", timeout: "soon" }], '(task "b")'],
    [[good, good], 'two tasks are named "good"'],
    [[{ ...good, after: ["good"] }], "good after good"],
    [[good, { name: "b", prompt: "x", setup: "true" }], "setup"],
    [[{ ...good, name: "a b" }], "name"],
    [[], "tasks"],
  ];
  for (const [tasks, words] of wrong) {
    const answer = await mcp.call("start_batch", { tasks });
    assert(answer.isError, answer.text);
    assertStringIncludes(answer.text, words);
  }
  assertEquals((await mcp.call("list")).data.runs, []);
});

Deno.test("start says why a run is queued", async () => {
  await using stage = await makeStage();
  await setConfig(stage, { max_parallel: 1 });
  await using mcp = await connectProcess(stage);
  const gate = join(stage.scratch.dir, "gate");
  const first = await mcp.call("start", {
    prompt: steps("First", { wait_for_file: gate }, resultStep(true, "one")),
  });
  assertEquals(first.data.waiting, undefined);
  const second = await mcp.call("start", { prompt: done("second") });
  assertEquals(
    [second.data.status, second.data.waiting],
    ["queued", "for a slot"],
  );
  assertStringIncludes(second.text, "which is queued (for a slot)");
  await Deno.writeTextFile(gate, "");
  const both = [first.data.run_id, second.data.run_id];
  await mcp.call("wait", { run_ids: both });
});

Deno.test("wait tells of the attempts of a chain and brings the result of the last; show points from the first to the next", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const { data } = await mcp.call("start", {
    prompt: steps("Try", resultStep(false, "not yet", "go on")),
    profile: "spark",
    escalate: ["deep", "deep"],
  });
  const id = data.run_id;
  const waited = await mcp.call("wait", { run_ids: [id] });
  const [last] = waited.data.ended;
  assertEquals([last?.profile, last?.attempt], ["deep", 3]);
  const lines = waited.data.attempts ?? [];
  assertEquals(lines.length, 2);
  assertStringIncludes(
    lines[0] ?? "",
    `Attempt 1, run ${id} (spark): not yet; next is run `,
  );
  assertStringIncludes(lines[1] ?? "", `; next is run ${last?.run_id}`);
  assertStringIncludes(waited.text, lines[1] ?? "-");
  assertStringIncludes(waited.data.next ?? "", `"${last?.run_id}"`);

  const shown = await mcp.call("show", { run_id: id });
  const next = shown.data.run.next_run_id;
  assertStringIncludes(lines[0] ?? "", String(next));
  // The chain has gone on: there is nothing to resume here.
  assertEquals(shown.data.next, `call wait with run_ids ["${next}"]`);
});
