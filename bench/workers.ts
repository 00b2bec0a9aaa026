/**
 * Processes, memory and time of many real Codex workers: by both ways of driving
 * Codex, and with six MCP servers configured. Linux only.
 * `deno task bench:workers --workers 30`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import { writeStdout } from "../src/system/standard_output.ts";
import { makeMcpServer } from "../tests/support/mcp_server_program.ts";
import {
  forever,
  hang,
  scriptByPrompt,
  startModelServer,
} from "../tests/support/model_server.ts";
import { makeStage } from "../tests/support/stage.ts";
import { until } from "../tests/support/until.ts";

const SERVERS = 6;

const LONGEST_MS = 10 * 60_000;

interface Usage {
  processes: number;
  servers: number;
  megabytes: number;
  /** Until all of them have asked the model. */
  seconds: number;
}

/** What `workers` workers take that have all asked the model, which does not answer. */
async function measure(
  workers: number,
  servers: number,
  ...options: string[]
): Promise<Usage> {
  await using model = startModelServer(scriptByPrompt(() => [forever(hang())]));
  await using stage = await makeStage({ modelServer: model });
  const codexHome = stage.env["CODEX_HOME"] ?? "";
  const config = join(codexHome, "config.toml");
  for (let number = 1; number <= servers; number++) {
    const { table } = await makeMcpServer(stage.scratch.dir, `s${number}`);
    await Deno.writeTextFile(config, table, { append: true });
  }
  await Deno.mkdir(stage.workspace, { recursive: true });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify({ max_parallel: workers }),
  );
  const since = performance.now();
  const tasks = Array.from(
    { length: workers },
    (_, index) => `--- task: t${index}\n---\nTask ${index}\n`,
  );
  const { code, stderr } = await stage.agentctl(
    ["start", "--batch", "-", ...options],
    { stdin: tasks.join(""), withinMs: LONGEST_MS },
  );
  if (code !== 0) throw new Error(stderr);
  await until(
    `${workers} workers ask the model`,
    () => Promise.resolve(model.requests.length >= workers),
    { within: LONGEST_MS },
  );
  const seconds = (performance.now() - since) / 1_000;
  const usage = { ...await usageOf(stage.scratch.dir), seconds };
  await stage.agentctl(["stop", "--all"], { withinMs: LONGEST_MS });
  return usage;
}

/**
 * The processes that the environment or the arguments tie to a folder, except for
 * those of agentctl and tmux; memory is proportional (PSS).
 */
async function usageOf(folder: string): Promise<Omit<Usage, "seconds">> {
  const usage = { processes: 0, servers: 0, megabytes: 0 };
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const read = (file: string) => Deno.readTextFile(`/proc/${name}/${file}`);
      const command = await read("cmdline");
      const words = `${command}\0${await read("environ")}`;
      if (!words.includes(folder)) continue;
      if (/(?:^|\/)(?:deno|tmux)\b/.test(command.split("\0")[0] ?? "")) {
        continue;
      }
      usage.processes++;
      if (command.includes("mcp_server.mjs")) usage.servers++;
      const pss = /^Pss:\s+(\d+)/m.exec(await read("smaps_rollup"))?.[1];
      usage.megabytes += Number(pss ?? 0) / 1024;
    } catch (error) {
      // It has ended by now.
      if (!(error instanceof Error)) throw error;
    }
  }
  return usage;
}

const { workers } = parseArgs(Deno.args, {
  string: ["workers"],
  default: { workers: "10" },
});
const count = Number(workers);
const EXEC = ["--transport", "exec"];
const rows: [name: string, servers: number, ...options: string[]][] = [
  ["exec", 0, ...EXEC],
  ["app-server", 0, "--transport", "app-server"],
  ["exec again", 0, ...EXEC],
  ["six MCP servers", SERVERS, ...EXEC],
  ["six MCP servers, --mcp all", SERVERS, "--mcp", "all", ...EXEC],
];
for (const [name, servers, ...options] of rows) {
  const usage = await measure(count, servers, ...options);
  writeStdout(
    `${count} workers, ${name}: ${usage.processes} processes, ${usage.servers} of them MCP servers, ${
      Math.round(usage.megabytes)
    } MB, ${usage.seconds.toFixed(1)} s\n`,
  );
}
