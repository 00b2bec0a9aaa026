import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { connectHere } from "./mcp_client.ts";

const PROMPT = steps("Do it", resultStep(true, "done"));

/** Calls that ask, with words of the reason. */
const ASKING: [tool: string, args: Record<string, unknown>, words: string][] = [
  ["start", { prompt: PROMPT, project: "/etc" }, '"/etc"'],
  ["start", { prompt: PROMPT, profile: "free" }, "no sandbox"],
  [
    "start_batch",
    { tasks: [{ name: "a", prompt: PROMPT, profile: "free" }] },
    "no sandbox",
  ],
];

Deno.test("a server whose client does not ask refuses what the user has to allow, and does the rest", async () => {
  await using stage = await makeStage();
  await writeFreeProfile(stage.env);
  await using mcp = await connectHere(stage, { clientAsks: false });
  for (const [tool, args, words] of ASKING) {
    const answer = await mcp.call(tool, args);
    assertEquals(answer.isError, true, tool);
    assertStringIncludes(answer.text, words);
    assertStringIncludes(answer.text, "this client cannot ask");
  }
  assertEquals((await mcp.call("list")).data.runs, []);
  const started = await mcp.call("start", { prompt: PROMPT, hold: true });
  assertEquals(started.isError, false, started.text);
});

Deno.test("a server asks the user through a client that can, and does what is allowed", async () => {
  await using stage = await makeStage();
  await writeFreeProfile(stage.env);
  const asked: string[] = [];
  let answer: { action: "accept" | "decline"; content?: { allow: boolean } } = {
    action: "decline",
  };
  await using mcp = await connectHere(stage, {
    clientAsks: false,
    onAsk: (message) => {
      asked.push(message);
      return answer;
    },
  });
  const start = { prompt: PROMPT, profile: "free", hold: true };
  for (
    const refusal of [
      { action: "decline" as const },
      { action: "accept" as const, content: { allow: false } },
    ]
  ) {
    answer = refusal;
    const refused = await mcp.call("start", start);
    assertEquals(refused.isError, true);
    assertStringIncludes(refused.text, "the user has declined");
  }
  answer = { action: "accept", content: { allow: true } };
  const started = await mcp.call("start", start);
  assertEquals(started.isError, false, started.text);
  const record = await stage.show(started.data.run_id);
  assertEquals(record["sandbox"], "danger-full-access");
  assertEquals(
    asked,
    Array(3).fill(
      'agentctl asks you because the worker would have no sandbox (by profile "free")',
    ),
  );
});

async function writeFreeProfile(env: Record<string, string>): Promise<void> {
  await Deno.mkdir(env["CODEX_HOME"] ?? "", { recursive: true });
  await Deno.writeTextFile(
    `${env["CODEX_HOME"]}/free.config.toml`,
    'sandbox_mode = "danger-full-access"\n',
  );
}
