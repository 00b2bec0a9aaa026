import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  type Answer,
  callMcpTool,
  finish,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeMcpServer } from "../support/mcp_server_program.ts";
import { makeStage } from "../support/stage.ts";

const DONE = { goal_met: true, summary: "s", followup_prompt: "", notes: "" };

/** A worker that calls a tool of the server that its prompt names. */
function useServer(prompt: string): Answer[] {
  const server = /Use (\S+)/.exec(prompt)?.[1];
  return [
    ...server === undefined ? [] : [callMcpTool(server, "note")],
    finish(DONE),
  ];
}

Deno.test("real Codex: workers get the MCP servers that need no approval, or those that were asked for, and no notify program is started", async () => {
  await using model = startModelServer(
    scriptByPrompt(({ prompts }) => useServer(prompts[0] ?? "")),
  );
  await using stage = await makeStage({ modelServer: model });
  const { dir } = stage.scratch;
  const server = (name: string, ...more: string[]) =>
    makeMcpServer(dir, name, ...more);
  const mail = await server("mail");
  const tickets = await server('"tickets.v2"');
  const asks = await server(
    "asks",
    'default_tools_approval_mode = "prompt"',
  );
  const docs = await server(
    "docs",
    'default_tools_approval_mode = "approve"',
  );
  const config = join(stage.env["CODEX_HOME"] ?? "", "config.toml");
  const before = await Deno.readTextFile(config);
  const all = [mail, tickets, asks, docs];
  const notified = join(dir, "notified");
  await Deno.writeTextFile(
    config,
    `notify = ["touch", ${JSON.stringify(notified)}]\n${before}` +
      all.map(({ table }) => table).join(""),
  );
  /** How many times each was started, and its tool called, since the last time. */
  const seen = all.map(() => 0);
  const used = () =>
    Promise.all(all.map(async ({ log }, index) => {
      const lines = (await log()).slice(seen[index]);
      seen[index] = (seen[index] ?? 0) + lines.length;
      return lines.map((line) => line.split(" ")[0]).join(" ");
    }));

  // Two workers as they are by default.
  const ids = [
    await stage.start("Use docs"),
    await stage.start("Use nothing", "--mcp", "none"),
  ];
  const [first, second] = await Promise.all(ids.map(stage.wait));
  assertEquals([first?.code, second?.code], [0, 0]);
  assertEquals(first?.record["mcp_servers"], {
    on: ["docs"],
    off: ["asks", "mail", "tickets.v2"],
  });
  assertEquals([first?.record["mcp"], second?.record["mcp"]], [null, []]);
  assertEquals(await used(), ["", "", "", "began called"]);

  // By name one can be used (Codex calls it "tickets_v2"), unless the settings want to ask each time.
  const named = await stage.wait(
    await stage.start("Use tickets_v2", "--mcp", "tickets.v2,asks"),
  );
  assertEquals(named.code, 0);
  assertEquals(named.record["mcp"], ["tickets.v2", "asks"]);
  assertEquals(named.record["mcp_servers"], {
    on: ["asks", "tickets.v2"],
    off: ["docs", "mail"],
  });
  assertEquals(await used(), ["", "began called", "began", ""]);

  // One that does not exist is refused before anything is made.
  const wrong = await stage.agentctl(["start", "-p", "x", "--mcp", "mial"]);
  assertEquals([wrong.code, wrong.stdout], [3, ""]);
  assertEquals(
    wrong.stderr,
    'Cannot start run: Codex has no MCP server "mial"; did you mean "mail"\n',
  );
  const doctor = await stage.agentctl(["doctor"]);
  assertStringIncludes(
    doctor.stdout.replaceAll(/\s+/g, " "),
    "Workers get these MCP servers: docs; off: asks, mail, tickets.v2",
  );
  await assertRejects(() => Deno.stat(notified), Deno.errors.NotFound);
  assertEquals(model.scriptErrors, []);
});
