import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { reasonsOfTool } from "../../src/permission/judge_call.ts";
import { readToolCalls } from "../../src/permission/read_tool_calls.ts";
import { TOOL_NAMES } from "../../src/permission/tool_rules.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { connectHere } from "./mcp_client.ts";

Deno.test("diff, merge_preview, chain, stats and pause say what their commands say, and merge nothing", async () => {
  await using stage = await makeStage();
  await using mcp = await connectHere(stage);
  const call = async (name: string, args: Record<string, unknown>) => {
    const answer = await mcp.call(name, args);
    assert(!answer.isError, answer.text);
    return answer.data as unknown as Record<string, unknown>;
  };
  const write = async (text: string) => {
    const id = await stage.start(
      steps(
        `Write ${text}`,
        { write: { path: "greeting.txt", text: `${text}\n` } },
        { write: { path: ".envrc", text: "x\n" } },
        resultStep(true, `wrote ${text}`),
      ),
      "--worktree",
    );
    await stage.wait(id);
    return id;
  };
  const hi = await write("hi");
  const ho = await write("ho");

  const shell = JSON.parse(
    (await stage.agentctl(["diff", hi, "--json"])).stdout,
  );
  const diff = await call("diff", { run_id: hi });
  assertEquals([diff["run_id"], diff["patch"]], [hi, shell.patch]);
  assertEquals(diff["stat"], shell.stat.trimEnd());
  assertEquals(diff["self_running"], shell.self_running);
  assertEquals([diff["huge"], diff["hidden_files"]], [undefined, undefined]);
  const stat = await call("diff", { run_id: hi, stat: true });
  assertEquals([stat["patch"], stat["stat"]], [undefined, diff["stat"]]);

  const preview = await call("merge_preview", { run_ids: [hi, ho] });
  const merge = ["merge", hi, ho, "--preview", "--json"];
  const planned = JSON.parse((await stage.agentctl(merge)).stdout);
  const results = (of: typeof planned) =>
    of.runs.map((run: Record<string, unknown>) => [
      run["run_id"],
      run["result"],
      run["conflicts"] ?? [],
    ]);
  assertEquals(results(preview), results(planned));
  assertEquals(results(preview).map(([, result]: string[]) => result), [
    ...["merged", "conflict"],
  ]);
  const clean = await call("merge_preview", { run_ids: [hi], squash: true });
  assertStringIncludes(`${clean["next"]}`, `agentctl merge --squash ${hi}`);
  const file = join(stage.repository.dir, "greeting.txt");
  assertEquals(await Deno.readTextFile(file), "hello\n");

  const more = await stage.agentctl([
    ...["resume", "--parent-run-id", hi, "--prompt"],
    steps("More", resultStep(false, "half", "go on")),
  ]);
  const second = more.stdout.trim();
  await stage.wait(second);
  const chain = await call("chain", { run_id: second });
  assertEquals(
    (chain["runs"] as Record<string, unknown>[]).map((run) => [
      run["run_id"],
      run["cause"],
      run["followup_prompt"],
    ]),
    [
      [hi, "started: wrote hi", undefined],
      [second, "resumed: half", "go on"],
    ],
  );

  const { words_of: _, ...stats } = await call("stats", { by: "profile" });
  const sums = await stage.agentctl(["stats", "--by", "profile", "--json"]);
  assertEquals(stats, JSON.parse(sums.stdout));

  const pause = await call("pause", { profile: "deep", for: "2h" });
  assertEquals(pause["profile"], "deep");
  assert(Date.parse(`${pause["until"]}`) > Date.now() + 7_000_000);
  const listed = await stage.agentctl(["list"]);
  assertStringIncludes(listed.stderr, "deep");
  const refused = await mcp.call("pause", { for: "soon" });
  assertEquals(refused.isError, true);
  assertStringIncludes(refused.text, "soon");
});

Deno.test("the permission rules know every tool, and let none do what asks in the shell", async () => {
  const site = { cwd: "/home/me", folder: "/home/me", env: { HOME: "/none" } };
  const named: Record<string, Record<string, unknown>> = {
    start_batch: { tasks: [{ name: "a", prompt: "x" }] },
    merge_preview: { run_ids: ["a"], squash: true },
    pause: { profile: "deep", for: "1h" },
    stats: { since: "7d", by: "day" },
    diff: { run_id: "a", stat: true, own: true },
    chain: { run_id: "a" },
  };
  for (const name of TOOL_NAMES) {
    const calls = readToolCalls(name, named[name] ?? {});
    assert(calls !== null, name);
    for (const { rule, options } of calls) {
      // A command that asks is offered only as its preview.
      assert(rule.asks === undefined || options.has("preview"), name);
    }
  }
  for (const name of ["merge_preview", "pause", "stats", "diff", "chain"]) {
    assertEquals(await reasonsOfTool(name, named[name] ?? {}, site), [], name);
  }
  // What is no tool, or no argument of one, is not understood.
  for (
    const [name, args] of [
      ["merge", { run_ids: ["a"] }],
      ["unpause", {}],
      ["discard", { run_ids: ["a"], force: true }],
      ["pause", { everything: true }],
      ["constructor", {}],
    ] as const
  ) assertEquals(readToolCalls(name, args), null, name);
});
