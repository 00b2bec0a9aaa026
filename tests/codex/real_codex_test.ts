import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { CodexCapabilities } from "../../src/codex/capability_cache.ts";
import { probeCodex } from "../../src/codex/capabilities.ts";
import { buildArgv, type WorkerRequest } from "../../src/codex/command_line.ts";
import { type CodexEvent, parseEvent } from "../../src/codex/events.ts";
import { classifyFailure } from "../../src/codex/failure.ts";
import { chooseModels } from "../../src/codex/models.ts";
import {
  profileText,
  TEMPLATE_NAMES,
} from "../../src/codex/profile_templates.ts";
import { findCodex } from "../../src/codex/program.ts";
import {
  RESULT_SCHEMA,
  RESULT_SCHEMA_TEXT,
} from "../../src/codex/result_schema.ts";
import { usageSince } from "../../src/codex/usage.ts";
import { type CommandOutput, runCommand } from "../../src/system/command.ts";
import { makeCodexHome } from "../support/codex_home.ts";
import {
  type Answer,
  callShell,
  failed,
  finish,
  httpError,
  type ModelServer,
  startModelServer,
} from "../support/model_server.ts";
import { makeScratch, type Scratch } from "../support/scratch.ts";
import { ensureCodex } from "../support/tools.ts";

const RESULT = { goal_met: true, summary: "s", followup_prompt: "", notes: "" };

interface Setup extends AsyncDisposable {
  scratch: Scratch;
  server: ModelServer;
  capabilities: CodexCapabilities;
  request: WorkerRequest;
}

async function setUp(answers: readonly Answer[]): Promise<Setup> {
  const scratch = await makeScratch();
  scratch.env.PATH = `${await ensureCodex()}:${scratch.env.PATH}`;
  const server = startModelServer(answers);
  await makeCodexHome(join(scratch.dir, "codex"), server.url);
  const program = await findCodex(scratch.env);
  assert(program);
  const capabilities = await probeCodex(program, {
    env: scratch.env,
    cacheFile: null,
  });
  const cwd = join(scratch.dir, "work");
  await Deno.mkdir(cwd);
  const schemaFile = join(scratch.dir, "schema.json");
  await Deno.writeTextFile(schemaFile, RESULT_SCHEMA_TEXT);
  return {
    scratch,
    server,
    capabilities,
    request: {
      cwd,
      worktree: null,
      profile: "spark",
      model: "gpt-5.5",
      sandbox: "danger-full-access",
      guard: null,
      distrusted: [],
      mcpSettings: [],
      commandVariables: {},
      schemaFile,
      outputFile: join(scratch.dir, "output.json"),
      threadSource: "agentctl:test",
      instructions: null,
      ephemeral: false,
      skipGitCheck: true,
      approve: "never",
      resumeThreadId: null,
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

async function work(
  setup: Setup,
  request: Partial<WorkerRequest> = {},
): Promise<CommandOutput & { events: CodexEvent[] }> {
  const argv = buildArgv(setup.capabilities, { ...setup.request, ...request });
  const output = await runCommand("codex", argv, {
    env: setup.scratch.env,
    stdin: "Do it",
  });
  const lines = output.stdout.split("\n").filter((line) => line !== "");
  return { ...output, events: lines.map(parseEvent) };
}

function eventOf<T extends CodexEvent["type"]>(events: CodexEvent[], type: T) {
  const event = events.find((event) => event.type === type);
  assert(event, `no ${type}`);
  return event as Extract<CodexEvent, { type: T }>;
}

Deno.test("buildArgv() makes command lines that Codex takes, new and resumed", async () => {
  await using setup = await setUp([
    callShell("echo hello"),
    finish(RESULT),
    finish(RESULT),
  ]);
  const first = await work(setup, {
    instructions: 'Be "brief"\nand kind \\ é',
  });
  assertEquals(first.code, 0, first.stderr);
  assertEquals(first.events.filter(({ type }) => type === "unknown"), []);
  assertEquals(
    JSON.parse(await Deno.readTextFile(setup.request.outputFile!)),
    RESULT,
  );
  const thread = eventOf(first.events, "thread.started").thread_id;

  const second = await work(setup, { resumeThreadId: thread });
  assertEquals(second.code, 0, second.stderr);
  assertEquals(eventOf(second.events, "thread.started").thread_id, thread);
  const before = eventOf(first.events, "turn.completed").usage;
  const after = eventOf(second.events, "turn.completed").usage;
  assert(before && after);
  assertEquals(usageSince(before, after).input_tokens, 100);

  assertEquals(setup.server.scriptErrors, []);
  const [asked] = setup.server.requests;
  assertEquals(asked?.outputSchema, RESULT_SCHEMA);
  assertStringIncludes(
    JSON.stringify(asked?.body),
    String.raw`Be \"brief\"\nand kind \\ é`,
  );
});

Deno.test("profileText() gives profiles that Codex takes without a complaint", async () => {
  await using setup = await setUp(TEMPLATE_NAMES.map(() => finish(RESULT)));
  const { env } = setup.scratch;
  const models = chooseModels(
    JSON.parse(
      (await runCommand("codex", ["debug", "models", "--bundled"], { env }))
        .stdout,
    ),
  );
  assert(
    models.fast !== "" && models.fast !== models.strong,
    JSON.stringify(models),
  );
  for (const name of TEMPLATE_NAMES) {
    const file = join(setup.scratch.dir, "codex", `${name}.config.toml`);
    await Deno.writeTextFile(file, profileText(name, "files", models));
    const argv = buildArgv(setup.capabilities, {
      ...setup.request,
      model: null,
      profile: name,
    });
    argv.splice(1, 0, "--strict-config");
    const { code, stderr, stdout } = await runCommand("codex", argv, {
      env,
      stdin: "Do it",
    });
    assertEquals(code, 0, stderr);
    assert(!stdout.includes('"type":"error"'), stdout);
  }
  assertEquals(
    setup.server.requests.map(({ model, effort }) => [model, effort]),
    [
      [models.fast, "low"],
      [models.strong, "xhigh"],
      [models.standard, "high"],
    ],
  );
});

Deno.test("classifyFailure() understands how Codex ends", async () => {
  await using setup = await setUp([
    httpError(400, {
      error: { type: "invalid_json_schema", message: "Bad schema" },
    }),
    httpError(429, {
      error: {
        type: "usage_limit_reached",
        message: "x",
        resets_at: 4102444800,
      },
    }),
    failed("context_length_exceeded", "Your input exceeds the context window"),
  ]);
  const classOf = async (request: Partial<WorkerRequest> = {}) => {
    const { code, stderr, events } = await work(setup, request);
    const errors = events.flatMap((event) =>
      event.type === "error"
        ? [event.message]
        : event.type === "turn.failed"
        ? [event.error.message]
        : []
    );
    return classifyFailure({
      exitCode: code,
      signal: null,
      stderrTail: stderr,
      errors,
      turnStarted: events.some(({ type }) => type === "turn.started"),
      turnCompleted: events.some(({ type }) => type === "turn.completed"),
    });
  };
  assertEquals((await classOf()).class, "bad_schema");
  const limit = await classOf();
  assertEquals(limit.class, "usage_limit");
  assertEquals(limit.resets_at, "2100-01-01T00:00:00.000Z");
  assertEquals((await classOf()).class, "context_full");
  assertEquals((await classOf({ skipGitCheck: false })).class, "bad_flags");
  assertEquals(
    (await classOf({ schemaFile: "/nonexistent" })).class,
    "bad_schema",
  );
  const unknown = "01999999-0000-7000-8000-000000000000";
  assertEquals((await classOf({ resumeThreadId: unknown })).class, "no_turn");
  assertEquals((await classOf({ cwd: "/nonexistent" })).class, "no_turn");
  const config = join(setup.scratch.dir, "codex", "config.toml");
  await Deno.writeTextFile(config, "x = [\n");
  const broken = await classOf();
  assertEquals(broken.class, "bad_profile");
  assertStringIncludes(broken.message, "config.toml:1");
});
