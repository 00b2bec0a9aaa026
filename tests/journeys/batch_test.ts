import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

const done = (title: string) => steps(title, resultStep(true, title));

function task(name: string, prompt: string, ...head: string[]): string {
  return [`--- task: ${name}`, ...head, "---", prompt, ""].join("\n");
}

async function batch(stage: Stage, text: string, ...options: string[]) {
  return await stage.agentctl(["start", "--batch", "-", ...options], {
    stdin: text,
  });
}

Deno.test("start --batch starts all tasks of a file, in their order and after one another, and prints their ids", async () => {
  await using stage = await makeStage();
  const prompt = done("Quotes ' and \" and\n---\n`code` and $(nothing)");
  const text = [
    task("lexer", prompt, "profile: spark", "title: Write the lexer"),
    task("parser", done("parser"), "after: lexer", "priority: 3"),
    task("docs", done("docs"), "hold:"),
  ].join("\n");
  const { code, stdout, stderr } = await batch(
    stage,
    text,
    "--profile",
    "deep",
  );
  // The second task comes after the first one, but the third may run beside both.
  assertEquals(code, 0, stderr);
  assertMatch(
    stderr,
    /^3 tasks of this batch may change "[^"]+" at the same time.*--worktree.*\n$/,
  );
  const [lexer = "", parser = "", docs = ""] = stdout.trim().split("\n");
  assertEquals([lexer, parser, docs].toSorted(), [lexer, parser, docs]);
  assertEquals((await stage.wait(parser)).code, 0);
  const first = await stage.show(lexer);
  assertEquals(
    [first["title"], first["profile"], first["goal_met"]],
    ["Write the lexer", "spark", true],
  );
  assertEquals(
    await Deno.readTextFile(stage.runFile(lexer, "prompt.md")),
    `${prompt}\n\n`,
  );
  const second = await stage.show(parser);
  assertEquals(
    [second["title"], second["profile"], second["after"], second["priority"]],
    ["parser", "deep", [lexer], 3],
  );
  assertEquals((await stage.show(docs))["status"], "queued");
});

Deno.test("start --batch starts nothing if one task is wrong, and says which", async () => {
  await using stage = await makeStage();
  const good = task("good", done("good"));
  const cases: [string, number, RegExp][] = [
    [
      task("bad", "x", "profile: nobody"),
      3,
      /no profile "nobody".*\(task "bad" in line 5 of standard input\)/,
    ],
    [task("bad", "x", "priorty: 3"), 2, /line 6.*"priorty".*priority/],
    [
      task("bad", "x", "priority: high"),
      2,
      /Cannot use priority "high".*task "bad"/,
    ],
    [task("bad", "x", "after: nobody"), 3, /nobody/],
    [task("bad", ""), 2, /has no prompt/],
    [
      task("a", "x", "after: b") + task("b", "x", "after: a"),
      2,
      /a.*b.*a/,
    ],
  ];
  for (const [bad, expected, message] of cases) {
    const { code, stdout, stderr } = await batch(stage, `${good}${bad}`);
    assertEquals([code, stdout], [expected, ""], stderr);
    assertMatch(stderr, message);
  }
  const file = join(stage.scratch.dir, "none.md");
  const missing = await stage.agentctl(["start", "--batch", file]);
  assertEquals(missing.code, 3);
  const both = await batch(stage, good, "--prompt", "x");
  assertMatch(both.stderr, /Cannot use --prompt with --batch/);
  const { stdout } = await stage.agentctl(["list", "--json"]);
  assertEquals(JSON.parse(stdout), []);
});
