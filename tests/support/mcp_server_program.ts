import { join } from "@std/path";

/** An MCP server for Codex, in a file of its own. */
const PROGRAM = `import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
const log = (line) => appendFileSync(process.argv[2], line + "\\n");
const send = (message) =>
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
log("began " + process.pid);
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === "initialize") {
    const { protocolVersion } = params;
    const serverInfo = { name: "test", version: "1" };
    const capabilities = { tools: {} };
    send({ id, result: { protocolVersion, capabilities, serverInfo } });
  } else if (method === "tools/list") {
    const inputSchema = { type: "object", properties: {} };
    send({ id, result: { tools: [{ name: "note", inputSchema }] } });
  } else if (method === "tools/call") {
    log("called");
    send({ id, result: { content: [{ type: "text", text: "noted" }] } });
  } else send({ id, error: { code: -32601, message: "Unknown" } });
});
`;

/** An MCP server that Codex starts with `node`, and that writes down what happens to it. */
export interface McpServerProgram {
  /** Its table in `config.toml`. */
  table: string;
  /** What it wrote: `began PID` for each start, `called` for each call of its tool `note`. */
  log(): Promise<string[]>;
}

/** Writes an MCP server into `dir`. `name` is its key in TOML; `more` are lines for its table. */
export async function makeMcpServer(
  dir: string,
  name: string,
  ...more: string[]
): Promise<McpServerProgram> {
  const program = join(dir, "mcp_server.mjs");
  const log = join(dir, `${name.replaceAll(/\W/g, "_")}.log`);
  await Deno.writeTextFile(program, PROGRAM);
  return {
    table: [
      `[mcp_servers.${name}]`,
      'command = "node"',
      `args = ${JSON.stringify([program, log])}`,
      ...more,
      "",
    ].join("\n"),
    async log() {
      const text = await Deno.readTextFile(log).catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
  };
}
