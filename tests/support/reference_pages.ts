import { dirname, fromFileUrl, join } from "@std/path";
import { type Command, COMMON_OPTIONS } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { usageOf } from "../../src/cli/help.ts";
import { makeServer } from "../../src/mcp/server.ts";
import { TASK_SPECS } from "../../src/task/task_option_rows.ts";
import { recordJsonSchema } from "../../src/run/record_json_schema.ts";
import { helpOf, optionLabel } from "../../src/terminal/option_help.ts";
import type { OptionSpecs } from "../../src/terminal/option_spec.ts";
import { Client, InMemoryTransport } from "../mcp/sdk_client.ts";

const ROOT = dirname(dirname(dirname(fromFileUrl(import.meta.url))));

/** The pages that are made from the code, by their paths in the repository. */
export async function referencePages(): Promise<Record<string, string>> {
  return {
    "docs/commands.md": await formatted("md", await commandsPage()),
    "docs/tools.md": await formatted("md", await toolsPage()),
    "docs/record.schema.json": await formatted(
      "json",
      JSON.stringify(recordJsonSchema()),
    ),
  };
}

/** Those of the pages whose files are not as they would be made now. */
export async function stalePages(): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of Object.entries(await referencePages())) {
    const found = await Deno.readTextFile(join(ROOT, path)).catch(() => "");
    if (found !== text) stale.push(path);
  }
  return stale;
}

async function commandsPage(): Promise<string> {
  const shown = COMMANDS.filter(({ hidden }) => !hidden);
  const commands = await Promise.all(shown.map(({ load }) => load()));
  return [
    "# Commands",
    "<!-- Made by `deno task docs` from src/cli/; do not edit. -->",
    "What `agentctl <command> --help` says, on one page.",
    commands.map(({ name, summary }) =>
      `- [\`${name}\`](#agentctl-${name}): ${summary}`
    ).join("\n"),
    ...commands.flatMap(commandSection),
    "## Options of every command",
    optionTable(COMMON_OPTIONS),
    "## Options of a task",
    "Commands that make a run have them, and so have the tasks of a batch, without the dashes.",
    optionTable(TASK_SPECS),
  ].join("\n\n");
}

function commandSection(command: Command): string[] {
  const { name, description, options, task, examples } = command;
  return [
    `## \`agentctl ${name}\``,
    block([`agentctl ${usageOf(command)}`]),
    ...description.split("\n\n").map((part) => part.replaceAll("\n", " ")),
    ...Object.keys(options).length === 0 ? [] : [optionTable(options)],
    ...task === undefined
      ? []
      : ["It has the [options of a task](#options-of-a-task) too."],
    examples.length === 1 ? "Example:" : "Examples:",
    block(examples),
  ];
}

function optionTable(specs: OptionSpecs): string {
  return table([
    ["option", "does"],
    ...Object.entries(specs).map(([name, spec]) => [
      `\`${optionLabel(name, spec)}\``,
      helpOf(spec),
    ]),
  ]);
}

/** The tools as a client gets them. */
async function toolsPage(): Promise<string> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const server = makeServer({
    fleet: () => Promise.reject(new Error("No tool is called")),
    caller: { cwd: "/", env: {} },
    clientAsks: true,
    say: () => {},
    closing: new AbortController().signal,
    afterAnswer: () => {},
    afterwords: () => Promise.resolve(),
    progressEveryMs: 60_000,
  });
  await server.connect(theirs);
  const client = new Client({ name: "docs", version: "1" });
  await client.connect(ours);
  const { tools } = await client.listTools();
  await client.close();
  return [
    "# Tools of the MCP server",
    "<!-- Made by `deno task docs` from src/mcp/; do not edit. -->",
    "What `agentctl mcp` offers; see [claude-code.md](claude-code.md#other-agents-and-mcp).",
    ...tools.flatMap(({ name, description, inputSchema }) => [
      `## \`${name}\``,
      `${description}`,
      ...name === "start_batch"
        ? [
          `The keys of a task are \`name\` and the arguments of [\`start\`](#start).`,
        ]
        : [],
      ...argumentTable(inputSchema.properties ?? {}),
    ]),
  ].join("\n\n");
}

function argumentTable(properties: Record<string, object>): string[] {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const { description = "" } = schema as { description?: string };
    return [`\`${name}\``, description];
  });
  return rows.length === 0 ? [] : [table([["argument", "means"], ...rows])];
}

function table([head = [], ...rows]: string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  ).join("\n");
}

function block(lines: readonly string[]): string {
  return ["```text", ...lines, "```"].join("\n");
}

/** As `deno fmt` wants it. */
async function formatted(ext: string, text: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "-q", "--ext", ext, "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const [{ stdout }] = await Promise.all([
    process.output(),
    new Response(text).body?.pipeTo(process.stdin),
  ]);
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await referencePages())) {
    await Deno.writeTextFile(join(ROOT, path), text);
  }
}
