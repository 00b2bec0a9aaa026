import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeClaudeHome, startClaude } from "./claude_home.ts";
import {
  claudeTest,
  type ClaudeVersion,
  ensureClaude,
} from "./claude_tools.ts";
import {
  callBash,
  callTool,
  delayUntil,
  type MessagesScript,
  type MessagesServer,
  sayText,
  startMessagesServer,
  together,
  when,
} from "./messages_server.ts";
import { startPrivateTmux } from "./private_tmux.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { ensureTmux } from "./tools.ts";

interface Place extends AsyncDisposable {
  scratch: Scratch;
  server: MessagesServer;
  env: Record<string, string>;
  /** `claude -p` in the scratch folder. */
  print(sentence: string, ...options: string[]): Promise<Deno.CommandOutput>;
}

async function makePlace(
  version: ClaudeVersion,
  script: MessagesScript,
): Promise<Place> {
  const scratch = await makeScratch();
  const server = startMessagesServer(script);
  const env = {
    ...scratch.env,
    ...await makeClaudeHome(scratch.home, {
      folders: [scratch.dir],
      baseUrl: server.url,
    }),
    PATH: `${await ensureClaude(version)}:${scratch.env["PATH"]}`,
  };
  return {
    scratch,
    server,
    env,
    print: (sentence, ...options) =>
      new Deno.Command("claude", {
        args: ["-p", sentence, ...options],
        cwd: scratch.dir,
        env,
        clearEnv: true,
        stdin: "null",
      }).output(),
    async [Symbol.asyncDispose]() {
      await server.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

claudeTest(
  "startMessagesServer() answers the sentence of print mode",
  async (version) => {
    await using place = await makePlace(version, [
      when("Say a word", sayText("A word")),
    ]);
    const output = await place.print("Say a word");
    assertEquals(
      [output.code, textOf(output.stdout), textOf(output.stderr)],
      [0, "A word\n", ""],
    );
    const [request] = place.server.requests;
    assertEquals(request?.news.sentences, ["Say a word"]);
    assertStringIncludes(request?.system ?? "", "Claude");
    assert(request?.tools.includes("Bash"));
    assertEquals(place.server.scriptErrors, []);
  },
);

claudeTest(
  "startMessagesServer() calls tools, several at once, and gets what they return",
  async (version) => {
    await using place = await makePlace(version, [
      when(
        "Look around",
        together(
          sayText("I look"),
          callBash("echo first"),
          callBash("no-such-program"),
          callTool("Read", { file_path: "/no/such/file" }),
        ),
        ({ news }) => sayText(news.toolResults[0]?.text ?? "nothing"),
      ),
    ]);
    const output = await place.print("Look around");
    assertEquals(textOf(output.stdout), "first\n");
    const results = place.server.requests[1]?.news.toolResults ?? [];
    assertEquals(results.map((result) => result.call?.name), [
      "Bash",
      "Bash",
      "Read",
    ]);
    assertEquals(results.map((result) => result.isError), [false, true, true]);
    assertEquals(place.server.requests.length, 2);
    assertEquals(place.server.scriptErrors, []);
  },
);

claudeTest(
  "startMessagesServer() keeps a request for which no rule has an answer as an error",
  async (version) => {
    await using place = await makePlace(version, [
      when("Expected", sayText("Yes")),
    ]);
    const output = await place.print("Unexpected");
    assertEquals(output.code, 1);
    assertStringIncludes(
      place.server.scriptErrors.join(),
      'No rule has an answer to ["Unexpected"]',
    );
  },
);

claudeTest(
  "startMessagesServer() notices that Claude Code has gone while its answer is held back",
  async (version) => {
    await using place = await makePlace(version, [
      when("Wait", delayUntil(new Promise(() => {}), sayText("Never"))),
    ]);
    const child = new Deno.Command("claude", {
      args: ["-p", "Wait"],
      cwd: place.scratch.dir,
      env: place.env,
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const request = await place.server.waitForRequest(() => true);
    child.kill("SIGKILL");
    await request.abandoned;
    await child.status;
  },
);

claudeTest(
  "startClaude() takes sentences in a pane, also while Claude is busy, and is told when background commands end",
  async (version) => {
    await ensureTmux();
    const busy = Promise.withResolvers<void>();
    await using place = await makePlace(version, [
      when("Good morning", sayText("Good morning, person")),
      when(
        "Begin the work",
        together(
          callBash('echo "$(cat gate)"', {
            background: true,
            description: "The work",
          }),
          callBash("echo begun"),
        ),
        delayUntil(busy.promise, callBash("echo more")),
        sayText("The work has begun"),
      ),
      when("And the news?", sayText("No news yet")),
      when('"The work" completed', sayText("The work is done")),
    ]);
    await new Deno.Command("mkfifo", {
      args: [join(place.scratch.dir, "gate")],
    })
      .output();
    await using tmux = await startPrivateTmux({
      dir: place.scratch.dir,
      width: 120,
      height: 50,
      env: place.env,
    });
    const claude = await startClaude({
      tmux,
      env: place.env,
      folder: place.scratch.dir,
      argv: [
        "claude",
        "--settings",
        JSON.stringify({ permissions: { allow: ["Bash"] } }),
      ],
    });
    await claude.type("Good morning");
    await claude.waitForText("● Good morning, person");

    await claude.type("Begin the work");
    await place.server.waitForRequest(({ news }) =>
      news.toolResults.some((result) => result.text === "begun")
    );
    await claude.type("And the news?");
    busy.resolve();
    await claude.waitForText("● The work has begun");
    await claude.waitForText("● No news yet");

    await Deno.writeTextFile(join(place.scratch.dir, "gate"), "finished\n");
    await claude.waitForText("● The work is done");
    await claude.untilStatus("free");
    const { notifications } = await place.server.waitForRequest(({ news }) =>
      news.notifications.length > 0
    );
    assertEquals(notifications.map(({ status }) => status), ["completed"]);
    assertEquals(
      await Deno.readTextFile(notifications[0]?.outputFile ?? ""),
      "finished\n",
    );
    assertEquals(place.server.scriptErrors, []);

    await claude.kill();
  },
);
