import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { makeCodexHome } from "./codex_home.ts";
import { makeGitRepository } from "./git_repository.ts";
import {
  applyPatch,
  breakStream,
  callShell,
  delayUntil,
  failed,
  finish,
  forever,
  hang,
  httpError,
  incomplete,
  type ModelScript,
  type ModelServer,
  rateLimited,
  say,
  scriptByPrompt,
  startModelServer,
  think,
  together,
} from "./model_server.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { ensureCodex } from "./tools.ts";

const RESULT = {
  goal_met: true,
  summary: "Done",
  followup_prompt: "",
  notes: "",
};

interface Codex {
  code: number;
  signal: string | null;
  stdout: string;
  stderr: string;
  events: { type: string; [key: string]: unknown }[];
}

interface Place extends AsyncDisposable {
  scratch: Scratch;
  server: ModelServer;
  project: string;
  spawn(args: string[], prompt: string): Deno.ChildProcess;
  run(args: string[], prompt: string): Promise<Codex>;
}

/** A project, a Codex home and a scripted server; `run` is `codex exec --json` in the project. */
async function makePlace(script: ModelScript): Promise<Place> {
  const codexDir = await ensureCodex();
  const scratch = await makeScratch();
  const server = startModelServer(script);
  await makeCodexHome(scratch.env.CODEX_HOME ?? "", server.url);
  const { dir: project } = await makeGitRepository(
    join(scratch.dir, "project"),
  );

  function spawn(args: string[], prompt: string): Deno.ChildProcess {
    const child = new Deno.Command(join(codexDir, "codex"), {
      args: ["exec", "--json", "--color", "never", "-C", project, ...args, "-"],
      env: scratch.env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    writer.write(new TextEncoder().encode(prompt)).then(
      () => writer.close(),
      () => {},
    );
    return child;
  }

  return {
    scratch,
    server,
    project,
    spawn,
    run: async (args, prompt) => collect(await spawn(args, prompt).output()),
    async [Symbol.asyncDispose]() {
      await server.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

function collect(output: Deno.CommandOutput): Codex {
  const decoder = new TextDecoder();
  const stdout = decoder.decode(output.stdout);
  return {
    code: output.code,
    signal: output.signal,
    stdout,
    stderr: decoder.decode(output.stderr),
    events: stdout.split("\n").filter((line) => line !== "").map((line) =>
      JSON.parse(line)
    ),
  };
}

function itemsOf(codex: Codex): Record<string, unknown>[] {
  return codex.events
    .filter((event) => event.type === "item.completed")
    .map((event) => event.item as Record<string, unknown>);
}

Deno.test("startModelServer() lets Codex say, think, run, edit and finish", async () => {
  const patch =
    "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n";
  await using place = await makePlace([
    together(think("Plan"), say("I look around"), callShell("cat README.md")),
    applyPatch(patch),
    say("Nearly there"),
    finish(RESULT, { usage: { input: 1000, output: 7 } }),
  ]);
  const codex = await place.run(
    [
      "-p",
      "deep",
      "-s",
      "workspace-write",
      "-c",
      'model_reasoning_summary="auto"',
    ],
    "Look",
  );
  assertEquals(codex.code, 0, codex.stdout + codex.stderr);
  assertEquals(itemsOf(codex).map((item) => item.type), [
    "reasoning",
    "agent_message",
    "command_execution",
    "file_change",
    "agent_message",
    "agent_message",
  ]);
  assertEquals(itemsOf(codex).at(-1)?.text, JSON.stringify(RESULT));
  assertEquals(
    await Deno.readTextFile(join(place.project, "new.txt")),
    "hello\n",
  );
  assertEquals(codex.events.at(-1)?.usage, {
    input_tokens: 1300,
    cached_input_tokens: 80,
    cache_write_input_tokens: 0,
    output_tokens: 97,
    reasoning_output_tokens: 20,
  });
  const { requests } = place.server;
  assertEquals(
    requests.map((request) => request.model),
    Array(4).fill("gpt-5.5"),
  );
  assertEquals([requests[0]?.effort, requests[0]?.verbosity], [
    "xhigh",
    "high",
  ]);
  assertStringIncludes(requests[1]?.toolOutputs[0]?.text ?? "", "# Test");
  assertEquals(requests[0]?.threadId, codex.events[0]?.thread_id);
  assertEquals(place.server.scriptErrors, []);
});

Deno.test("startModelServer() records a prompt of 1,000,000 characters byte for byte", async () => {
  await using place = await makePlace([finish(RESULT)]);
  const start = "  \t'\"\\$(x)`\r\n\u0007\u00e4\u{1f600}#{pane_id} ";
  const prompt = start.padEnd(1_000_000 - 3, "0123456789abcdef\n") + "\n\n\n";
  const codex = await place.run(["-s", "read-only"], prompt);
  assertEquals(codex.code, 0, codex.stdout + codex.stderr);
  const request = place.server.requests[0];
  assert(request?.userTexts.includes(prompt), "the prompt arrived changed");
  assert(request?.prompts.length === 1 && request.prompts[0] === prompt);
});

Deno.test("startModelServer() records the output schema", async () => {
  await using place = await makePlace([finish(RESULT)]);
  const schema = {
    type: "object",
    properties: { goal_met: { type: "boolean" } },
    required: ["goal_met"],
    additionalProperties: false,
  };
  const path = join(place.scratch.dir, "schema.json");
  await Deno.writeTextFile(path, JSON.stringify(schema));
  await place.run(["-s", "read-only", "--output-schema", path], "Look");
  assertEquals(place.server.requests[0]?.outputSchema, schema);
});

Deno.test("delayUntil() holds ten workers in their turns until the gate opens", async () => {
  const gate = Promise.withResolvers<void>();
  await using place = await makePlace(scriptByPrompt((request) => {
    const name = request.prompts[0]?.trim() ?? "";
    return [
      callShell(`echo ${name}`),
      delayUntil(gate.promise, finish({ ...RESULT, summary: name })),
    ];
  }));
  const names = Array.from({ length: 10 }, (_, index) => `worker-${index}`);
  let ended = 0;
  const runs = names.map(async (name) => {
    const codex = await place.run(["-s", "danger-full-access"], `${name}\n`);
    ended++;
    return codex;
  });
  for (const name of names) {
    await place.server.waitForRequest((request) =>
      request.toolOutputs.some((output) => output.text.includes(`${name}\n`))
    );
  }
  assertEquals(ended, 0);
  gate.resolve();
  const results = await Promise.all(runs);
  assertEquals(
    results.map((codex) =>
      JSON.parse(String(itemsOf(codex).at(-1)?.text)).summary
    ),
    names,
  );
});

Deno.test("scriptByPrompt() goes on in a resumed thread", async () => {
  await using place = await makePlace(scriptByPrompt(() => [
    finish("first"),
    finish("second"),
  ]));
  const first = await place.run(["-s", "read-only"], "One");
  const thread = String(first.events[0]?.thread_id);
  const second = await place.run(["-s", "read-only", "resume", thread], "Two");
  assertEquals(second.code, 0, second.stdout + second.stderr);
  assertEquals(second.events[0]?.thread_id, thread);
  assertEquals(itemsOf(second).at(-1)?.text, "second");
  const request = place.server.requests[1];
  assertEquals(request?.prompts, ["One", "Two"]);
  assertEquals(request?.threadId, thread);
});

Deno.test("hang() holds Codex until somebody ends it, and tells of it", async () => {
  await using place = await makePlace([hang()]);
  const child = place.spawn(["-s", "read-only"], "Look");
  const request = await place.server.waitForRequest(() => true);
  child.kill("SIGTERM");
  const codex = collect(await child.output());
  assertEquals(codex.signal, "SIGTERM");
  assertEquals(codex.events.map((event) => event.type), [
    "thread.started",
    "turn.started",
  ]);
  await request.abandoned;
});

Deno.test("ModelServer.close() releases what hangs and rejects who waits", async () => {
  const server = startModelServer([hang()]);
  const answer = fetch(`${server.url}/v1/responses`, {
    method: "POST",
    body: JSON.stringify({ model: "m", input: [] }),
  });
  await server.waitForRequest((request) => request.model === "m");
  const waiting = server.waitForRequest((request) => request.model === "other");
  waiting.catch(() => {});
  await server.close();
  await server.close();
  assertEquals(await (await answer).text(), "");
  await assertRejects(() => waiting, Error, "No request was accepted");
});

Deno.test("breakStream() makes Codex reconnect", async () => {
  await using place = await makePlace([breakStream(2), finish(RESULT)]);
  const codex = await place.run(["-s", "read-only"], "Look");
  assertEquals(codex.code, 0, codex.stdout + codex.stderr);
  const error = codex.events.find((event) => event.type === "error");
  assertStringIncludes(String(error?.message), "Reconnecting... 1/5");
  assertEquals(itemsOf(codex)[0]?.text, "This message is cut off");
});

const ENDINGS = {
  "httpError()": [
    httpError(400, { error: { message: "Bad words" } }),
    "Bad words",
  ],
  "rateLimited()": [rateLimited(), "429"],
  "failed()": [
    failed("context_length_exceeded", "Too long"),
    "Codex ran out of room in the model's context window",
  ],
  "incomplete()": [incomplete("max_output_tokens"), "max_output_tokens"],
} as const;

for (const [name, [answer, words]] of Object.entries(ENDINGS)) {
  Deno.test(`${name} fails the turn of Codex`, async () => {
    await using place = await makePlace([forever(answer)]);
    const codex = await place.run(["-s", "read-only"], "Look");
    assertEquals(codex.code, 1, codex.stdout + codex.stderr);
    assertEquals(codex.events.at(-1)?.type, "turn.failed");
    assertStringIncludes(JSON.stringify(codex.events.at(-1)), words);
  });
}

Deno.test("startModelServer() says so when the script has no answer left", async () => {
  await using place = await makePlace([]);
  const codex = await place.run(["-s", "read-only"], "Look");
  assertEquals(codex.code, 1);
  assertStringIncludes(codex.stdout, "All 0 answers are used up");
  assertEquals(place.server.scriptErrors.length, 1);
});
