import { assert, assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import {
  callShell,
  delayUntil,
  finish,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage } from "../support/stage.ts";
import { commandLines } from "../support/processes.ts";

const PASSED = {
  OPENAI_CANARY: "canary-passed-1-0123456789",
  MY_CANARY_KEY: "canary-passed-2-0123456789",
};
const KEPT = {
  ANTHROPIC_API_KEY: "canary-kept-1-0123456789",
  ANTHROPIC_BASE_URL: "canary-kept-2-0123456789",
  CLAUDECODE: "canary-kept-3-0123456789",
  CLAUDE_CODE_OAUTH_TOKEN: "canary-kept-4-0123456789",
  AWS_SECRET_ACCESS_KEY: "canary-kept-5-0123456789",
  DATABASE_URL: "canary-kept-6-0123456789",
};
const RESULT = finish({
  goal_met: true,
  summary: "done",
  followup_prompt: "",
  notes: "",
});

Deno.test("the caller's environment reaches the worker by name, never Claude Code's, in no argument list and on no disk", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = startModelServer(
    scriptByPrompt((request) =>
      request.prompts[0] === "Tell"
        ? [callShell("env"), RESULT]
        : [delayUntil(gate.promise, RESULT)]
    ),
  );
  await using stage = await makeStage({ modelServer: server });
  await Deno.mkdir(stage.workspace, { mode: 0o700 });
  const passthrough = ["MY_CANARY_KEY", "ANTHROPIC_*", "CLAUDE*", "CLAUDECODE"];
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify({ env_passthrough: passthrough }),
    { mode: 0o600 },
  );
  const env = { ...PASSED, ...KEPT };
  const start = async (prompt: string) => {
    const output = await stage.agentctl(["start", "--profile", "spark"], {
      stdin: prompt,
      env,
    });
    assertEquals(output.code, 0, output.stderr);
    return output.stdout.trim();
  };

  const held = await start("Hold");
  await server.waitForRequest(({ prompts }) => prompts[0] === "Hold");
  assertEquals(await exists(stage.runFile(held, "env.json")), false);
  assertEquals(await argumentListsWith("canary-"), []);
  assertEquals(await filesWith(stage.workspace, "canary-"), []);
  assertEquals(await openToOthers(stage.workspace), []);
  gate.resolve();
  assertEquals((await stage.wait(held)).code, 0);
  assertEquals(await filesWith(stage.workspace, "canary-"), []);

  const told = await start("Tell");
  assertEquals((await stage.wait(told)).code, 0);
  const tools = server.requests.flatMap((request) => request.toolOutputs);
  const environment = tools.map(({ text }) => text).join("\n");
  assert(environment.includes("PATH="), environment);
  for (const value of Object.values(PASSED)) {
    assert(environment.includes(value), `${value} did not arrive`);
  }
  for (const name of Object.keys(KEPT)) {
    assert(!environment.includes(`${name}=`), `${name} arrived`);
  }
  assert(!JSON.stringify(server.requests).includes("canary-kept"));
  // What a tool prints is kept as it was printed; everything else names no value.
  assertEquals(
    (await filesWith(stage.workspace, "canary-")).sort(),
    ["events.jsonl", "rpc.jsonl"].map((name) => stage.runFile(told, name)),
  );
  assertEquals(await openToOthers(stage.workspace), []);
});

/** Command lines of all processes that hold the text. */
async function argumentListsWith(text: string): Promise<string[]> {
  const lines = await commandLines();
  assert(lines.length > 2, "No argument list could be read");
  return lines.filter((line) => line.includes(text));
}

async function* walkAll(folder: string): AsyncGenerator<string> {
  yield folder;
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* walkAll(path);
    else yield path;
  }
}

async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const path of walkAll(folder)) {
    const content = await Deno.readTextFile(path).catch(() => "");
    if (content.includes(text)) found.push(path);
  }
  return found;
}

/** What is not 0700 (folders) or 0600 (files), but for what git makes inside its own folder of a run, while it lasts. */
async function openToOthers(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const path of walkAll(folder)) {
    const info = await Deno.lstat(path).catch(() => null);
    if (info === null || path.includes("/git/")) continue;
    const mode = (info.mode ?? 0) & 0o777;
    if (mode !== (info.isDirectory ? 0o700 : 0o600)) {
      found.push(`${mode.toString(8)} ${path}`);
    }
  }
  return found;
}
