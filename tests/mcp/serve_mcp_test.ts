import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { connectProcess } from "./mcp_client.ts";
import { McpError } from "./sdk_client.ts";
import { until } from "../support/until.ts";

const HELLO = [
  {
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
];

function toolCall(id: number, name: string, args: Record<string, unknown>) {
  return {
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: args },
  };
}

/** Talks to `agentctl mcp` in lines. */
function speak(stage: Stage) {
  const child = stage.spawn(["mcp"], { stdin: "" });
  const writer = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  return {
    child,
    say: (...messages: unknown[]) =>
      writer.write(
        new TextEncoder().encode(
          messages.map((message) =>
            (typeof message === "string" ? message : JSON.stringify(message)) +
            "\n"
          ).join(""),
        ),
      ),
    /** Closes the server's input. */
    hangUp: () => writer.close(),
    /** Reads until the text has come. */
    async hear(text: string): Promise<string> {
      return await until(`the server says ${text}`, async (see) => {
        if (see(heard).includes(text)) return heard;
        const part = await lines.read();
        if (part.done) throw new Error(`The server ended before "${text}"`);
        heard += part.value;
      }, { every: 0 });
    },
    /** All that is left, once the server has ended. */
    async rest() {
      await until("the server ends", async (see) => {
        const part = await lines.read();
        heard += part.value ?? "";
        see(heard);
        return part.done;
      }, { every: 0 });
      const { code } = await child.status;
      const stderr = await new Response(child.stderr).text();
      return { code, stdout: heard, stderr };
    },
  };
}

Deno.test("agentctl mcp ends with its input although a wait is under way, and the result stays in the inbox", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Late", { wait_for_file: gate }, resultStep(true, "late")),
  );
  const server = speak(stage);
  await server.say(
    ...HELLO,
    toolCall(1, "wait", { run_ids: [id] }),
    toolCall(2, "show", { run_id: id }),
  );
  await server.hear('"id":2');
  await server.hangUp();
  const { code, stdout, stderr } = await server.rest();
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "The wait was cancelled");
  await Deno.writeTextFile(gate, "");
  await stage.waitForFile(id, "meta.json", '"ended_at"');
  const inbox = await stage.agentctl(["inbox"]);
  assertStringIncludes(inbox.stdout, id);
});

Deno.test("agentctl mcp answers what was asked before its input ended", async () => {
  await using stage = await makeStage();
  const server = speak(stage);
  await server.say(
    ...HELLO,
    ...[1, 2, 3].map((id) =>
      toolCall(id, "start", {
        prompt: steps("Do it", resultStep(true, `${id}`)),
      })
    ),
  );
  await server.hangUp();
  const { code, stdout } = await server.rest();
  assertEquals(code, 0);
  const answers = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const ids = answers.flatMap(({ result }) =>
    result.structuredContent?.run_id ?? []
  );
  assertEquals(ids.length, 3);
  for (const id of ids) assertEquals((await stage.wait(id)).code, 0);
});

Deno.test("agentctl mcp says on stderr what it cannot read, and goes on", async () => {
  await using stage = await makeStage();
  const server = speak(stage);
  await server.say(
    ...HELLO,
    "this is no JSON",
    '{"jsonrpc":"2.0","id":{},"method":5}',
    "",
    toolCall(1, "list", {}),
  );
  await server.hear('"id":1');
  await server.hangUp();
  const { code, stdout, stderr } = await server.rest();
  assertEquals(code, 0);
  assertStringIncludes(stderr, "this is no JSON");
  for (const line of stdout.trim().split("\n")) JSON.parse(line);
});

Deno.test("agentctl mcp ends when nobody reads its answers", async () => {
  await using stage = await makeStage();
  const server = speak(stage);
  await server.say(...HELLO);
  await server.hear('"id":0');
  const done = stage.spawn(["mcp"], { stdin: "" });
  const writer = done.stdin.getWriter();
  await done.stdout.cancel();
  await writer.write(
    new TextEncoder().encode(
      HELLO.map((message) => JSON.stringify(message) + "\n").join(""),
    ),
  );
  assertEquals((await done.status).code, 0);
  await done.stderr.cancel();
  await writer.abort().catch(() => {});
  await server.hangUp();
  await server.rest();
});

Deno.test("the records of runs are resources", async () => {
  await using stage = await makeStage();
  const done = await stage.start(steps("Done", resultStep(true, "done")));
  const other = await stage.start(steps("Other", resultStep(true, "other")));
  await stage.wait(done);
  await stage.wait(other);
  await using mcp = await connectProcess(stage);
  const { resources } = await mcp.client.listResources();
  assertEquals(
    resources.map(({ uri, title, mimeType }) => [uri, title, mimeType]),
    [
      [`agentctl://runs/${other}`, "Other", "application/json"],
      [`agentctl://runs/${done}`, "Done", "application/json"],
    ],
  );
  const { resourceTemplates } = await mcp.client.listResourceTemplates();
  assertEquals(
    resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    ["agentctl://runs/{id}"],
  );
  const { contents } = await mcp.client.readResource({
    uri: `agentctl://runs/${done}`,
  });
  const [content] = contents;
  assertEquals(
    JSON.parse(content && "text" in content ? content.text : ""),
    await stage.show(done),
  );
  const { completion } = await mcp.client.complete({
    ref: { type: "ref/resource", uri: "agentctl://runs/{id}" },
    argument: { name: "id", value: done },
  });
  assertEquals(completion.values, [done]);

  for (const uri of ["agentctl://runs/nothing", "agentctl://runs/..%2Fx"]) {
    const error = await mcp.client.readResource({ uri }).catch((error) =>
      error
    );
    assertEquals(error instanceof McpError, true, uri);
    assertEquals(error.code, -32002, uri);
  }
});
