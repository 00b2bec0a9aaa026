import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import {
  type ClaudeSession,
  makeClaudeHome,
  startClaude,
} from "../support/claude_home.ts";
import { ensureClaude } from "../support/claude_tools.ts";
import {
  callBash,
  callTool,
  type MessagesRequest,
  type MessagesScript,
  type MessagesServer,
  type PlannedAnswer,
  sayText,
  startMessagesServer,
  together,
  when,
} from "../support/messages_server.ts";
import {
  type Answer,
  delayUntil as workerDelayUntil,
  finish,
  type ModelServer,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { type PrivateTmux, startPrivateTmux } from "../support/private_tmux.ts";
import { FROM_SOURCE, makeStage, type Stage } from "../support/stage.ts";
import { ensureCodex, ensureTmux } from "../support/tools.ts";

/** Everything is real but the two models: Claude Code, agentctl, tmux, git and Codex. */
interface World extends AsyncDisposable {
  stage: Stage;
  tmux: PrivateTmux;
  claudeModel: MessagesServer;
  workerModel: ModelServer;
  env: Record<string, string>;
  /** Starts an interactive Claude Code; `options` go to its command line. */
  claude(...options: string[]): Promise<ClaudeSession>;
  /** The command line of Claude Code as this way starts it. */
  argv(...options: string[]): string[];
}

/** A way of starting Claude Code as the orchestrator; makes what it needs and returns the command line. */
type Way = (world: Pick<World, "stage">) => Promise<string[]>;

/** The main journey goes by each of these ways. */
const WAYS = {
  async "plain settings"({ stage }: Pick<World, "stage">) {
    const settings = join(stage.scratch.dir, "settings.json");
    const prompt = join(stage.scratch.dir, "orchestrator.md");
    await Deno.writeTextFile(
      settings,
      JSON.stringify({ permissions: { allow: ["Bash(agentctl:*)"] } }),
    );
    const { stdout } = await stage.agentctl(["prompt", "orchestrator"]);
    await Deno.writeTextFile(prompt, stdout);
    return [
      "claude",
      ...["--settings", settings, "--append-system-prompt-file", prompt],
    ];
  },
  /** The hook decides what passes, the prompt is the embedded one, and workers stack beside it. */
  "agentctl orch": () => Promise.resolve(["agentctl", "orch", "--"]),
  /** What a session of the person is like: with the skill and its hooks, without the prompt. */
  async "agentctl claude install"({ stage }: Pick<World, "stage">) {
    assertEquals((await stage.agentctl(["claude", "install"])).code, 0);
    return ["claude"];
  },
} satisfies Record<string, Way>;

const claudeDir = await ensureClaude();
const hasCodex = await ensureCodex().then(() => true, (error) => {
  Deno.stderr.writeSync(
    new TextEncoder().encode(
      `Journeys with the real Claude Code are skipped: ${error.message}\n`,
    ),
  );
  return false;
});
const ignore = claudeDir === null || !hasCodex;

async function makeWorld(
  way: Way,
  claudeScript: MessagesScript,
  workers: (prompt: string) => readonly Answer[],
): Promise<World> {
  await ensureTmux();
  await using parts = new AsyncDisposableStack();
  const workerModel = parts.use(
    startModelServer(
      scriptByPrompt((request) => workers(request.prompts[0] ?? "")),
    ),
  );
  const claudeModel = parts.use(startMessagesServer(claudeScript));
  const stage = parts.use(await makeStage({ modelServer: workerModel }));
  const launcher = [Deno.execPath(), ...FROM_SOURCE].map((word) => `'${word}'`);
  await Deno.writeTextFile(
    join(stage.scratch.bin, "agentctl"),
    `#!/bin/sh\nexec ${launcher.join(" ")} "$@"\n`,
    { mode: 0o755 },
  );
  const env: Record<string, string> = {
    ...stage.env,
    ...await makeClaudeHome(stage.scratch.home, {
      folder: stage.scratch.dir,
      baseUrl: claudeModel.url,
    }),
    PATH: `${claudeDir}:${stage.env["PATH"]}`,
  };
  const tmux = parts.use(
    await startPrivateTmux({
      dir: stage.scratch.dir,
      // The orchestrator keeps half of it.
      width: 260,
      height: 60,
      env,
    }),
  );
  const prefix = await way({ stage });
  const all = parts.move();
  return {
    stage,
    tmux,
    claudeModel,
    workerModel,
    env,
    argv: (...options) => [...prefix, ...options],
    claude: (...options) =>
      startClaude({
        tmux,
        env,
        folder: stage.repository.dir,
        argv: [...prefix, ...options],
      }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A journey by some of the ways of starting Claude Code. */
function journey(
  name: string,
  ways: readonly (keyof typeof WAYS)[],
  fn: (way: Way) => Promise<void>,
): void {
  for (const way of ways) {
    Deno.test({
      name: `real Claude Code by ${way}: ${name}`,
      ignore,
      fn: () => fn(WAYS[way]),
    });
  }
}

function goal(goal_met: boolean, summary: string, followup_prompt = "") {
  return finish({ goal_met, summary, followup_prompt, notes: "" });
}

/** A gate for each worker, by its title. */
function makeGates<Title extends string>(...titles: Title[]) {
  return Object.fromEntries(
    titles.map((title) => [title, Promise.withResolvers<void>()]),
  ) as Record<Title, PromiseWithResolvers<void>>;
}

function startCommand(title: string, prompt: string): string {
  return `agentctl start --profile spark --title "${title}" <<'PROMPT'\n${prompt}\nPROMPT`;
}

/** The results of starts in this request, by title. */
function startedRuns(request: MessagesRequest): Map<string, string> {
  return new Map(
    request.toolResults.flatMap(({ call, text }) => {
      const title = String(call?.input["command"]).match(
        /^agentctl start .*--title "([^"]+)"/,
      )?.[1];
      return title === undefined ? [] : [[title, text.trim()] as const];
    }),
  );
}

/** Claude waits in the background for all runs that its starts have just given. */
function waitForStarted(request: MessagesRequest) {
  const before = new Set(
    request.messages.flatMap((message) => message.toolCalls)
      .map((call) => String(call.input["command"])),
  );
  const waits = [...startedRuns(request)]
    .map(([title, id]) => ({ title, command: `agentctl wait ${id}` }))
    .filter(({ command }) => !before.has(command));
  return together(
    ...waits.map(({ title, command }) =>
      callBash(command, { background: true, description: `Wait for ${title}` })
    ),
  );
}

/** The id is the last line; what agentctl says besides stands above it. */
function lastLine(text = ""): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** Claude looks at the run of this title. */
const showRun = (title: string): PlannedAnswer => (request) =>
  callBash(`agentctl show ${startedRuns(request).get(title)}`, {
    description: `Show ${title}`,
  });

/** What the last tool call printed, which is a record and, from a wait, a word about it. */
function lastRecord(request: MessagesRequest): Record<string, unknown> {
  const text = request.news.toolResults.at(-1)?.text ?? "";
  return JSON.parse(text.split("\nIn the inbox")[0] ?? "");
}

/** Claude tells in one line what the record says that it has just been shown. */
const reportRun: PlannedAnswer = (request) => {
  const { title, goal_met, summary } = lastRecord(request);
  return sayText(`${title}: ${goal_met ? "met" : "not met"}, ${summary}`);
};

journey(
  "one sentence, three workers, a question in between, one goal not met, deep, all reported",
  ["plain settings", "agentctl orch", "agentctl claude install"],
  async (way) => {
    const gates = makeGates("parser", "docs", "tests", "deep");
    const workers: Record<string, Answer[]> = {
      parser: [
        workerDelayUntil(gates.parser.promise, goal(true, "The parser parses")),
      ],
      docs: [workerDelayUntil(gates.docs.promise, goal(true, "It is written"))],
      tests: [
        workerDelayUntil(
          gates.tests.promise,
          goal(false, "Half of it fails", "Mend the other half"),
        ),
        workerDelayUntil(gates.deep.promise, goal(true, "All tests pass")),
      ],
    };
    const titles = Object.keys(workers);
    const prompt = (title: string) =>
      `# ${title}\n\nDo \`${title}\` for $HOME, "quoted" and 'single'; $(never run).\n\n- It works`;
    const reports: string[] = [];

    await using world = await makeWorld(way, [
      when(
        "Improve this project",
        together(
          sayText("I split this into three tasks."),
          ...titles.map((title) =>
            callBash(startCommand(title, prompt(title)), {
              description: `Start ${title}`,
            })
          ),
        ),
        waitForStarted,
        sayText("Three workers are at work."),
      ),
      when("What is six times seven?", sayText("It is forty-two.")),
      ...["parser", "docs"].map((title) =>
        when(`"Wait for ${title}"`, showRun(title), (request) => {
          const { summary } = lastRecord(request);
          reports.push(`${title}: ${summary}`);
          return sayText(`Report ${title}: ${summary}`);
        })
      ),
      when(
        '"Wait for tests"',
        showRun("tests"),
        (request) => {
          const { run_id, goal_met } = lastRecord(request);
          assertEquals(goal_met, false);
          return together(
            sayText("The tests are not done; I go deeper."),
            callBash(
              `agentctl resume --parent-run-id ${run_id} --profile deep --title "deep"`,
              { description: "Resume on deep" },
            ),
          );
        },
        ({ news }) =>
          callBash(`agentctl wait ${lastLine(news.toolResults[0]?.text)}`, {
            background: true,
            description: "Wait for deep",
          }),
        sayText("The deep worker is at work."),
      ),
      when(
        '"Wait for deep"',
        ({ toolResults }) => {
          const resumed = toolResults.find(({ call }) =>
            String(call?.input["command"]).startsWith("agentctl resume")
          );
          return callBash(`agentctl show ${lastLine(resumed?.text)}`, {
            description: "Show deep",
          });
        },
        (request) => {
          reports.push(`deep: ${lastRecord(request)["summary"]}`);
          return sayText(`Final report: ${reports.join(" / ")}`);
        },
      ),
    ], (prompt) => workers[prompt.match(/^# (\w+)/)?.[1] ?? ""] ?? []);
    const { claudeModel, workerModel, stage } = world;

    const claude = await world.claude();
    await claude.type("Improve this project, please");
    await claude.waitForText("● Three workers are at work.");
    for (const title of titles) {
      await workerModel.waitForRequest(({ prompts }) =>
        prompts[0] === `${prompt(title)}\n`
      );
    }
    // Nothing has ended yet, and Claude is free.
    await claude.untilStatus("free");
    await claude.type("What is six times seven?");
    await claude.waitForText("● It is forty-two.");

    gates.parser.resolve();
    await claude.waitForText("● Report parser: The parser parses");
    gates.docs.resolve();
    await claude.waitForText("● Report docs: It is written");
    gates.tests.resolve();
    await claude.waitForText("● The deep worker is at work.");
    gates.deep.resolve();
    const final =
      "Final report: parser: The parser parses / docs: It is written / deep: All tests pass";
    await claude.waitForText(`● ${final}`);
    await claude.untilStatus("free");

    assertEquals(claudeModel.scriptErrors, []);
    assertEquals(workerModel.scriptErrors, []);
    const last = claudeModel.requests.at(-1);
    assert(last !== undefined);
    assert(
      /You are the orchestrator|agentctl: Runs Codex workers/.test(
        JSON.stringify(last.body),
      ),
      "Nobody has told Claude of agentctl",
    );
    assertEquals(
      last.notifications.map(({ summary }) => summary),
      [
        'Background command "Wait for parser" completed (exit code 0)',
        'Background command "Wait for docs" completed (exit code 0)',
        'Background command "Wait for tests" failed with exit code 1',
        'Background command "Wait for deep" completed (exit code 0)',
      ],
    );
    assertEquals(
      last.toolResults.filter((result) => result.isError),
      [],
      "Claude was asked or refused",
    );
    const screen = await claude.transcript();
    assert(!screen.includes("Do you want to proceed?"), screen);

    const runs = await runsByTitle(stage);
    assertEquals(
      Object.fromEntries(
        [...runs].map((
          [title, run],
        ) => [title, [run["status"], run["goal_met"], run["profile"]]]),
      ),
      {
        parser: ["finished", true, "spark"],
        docs: ["finished", true, "spark"],
        tests: ["finished", false, "spark"],
        deep: ["finished", true, "deep"],
      },
    );
    assertEquals(
      runs.get("deep")?.["parent_run_id"],
      runs.get("tests")?.["run_id"],
    );
    assertEquals(
      runs.get("deep")?.["thread_id"],
      runs.get("tests")?.["thread_id"],
    );
    assertEquals(workerModel.requests.length, 4);
    assertEquals(workerModel.requests.at(-1)?.effort, "xhigh");
    assertEquals(workerModel.requests.at(-1)?.prompts, [
      `${prompt("tests")}\n`,
      "Mend the other half",
    ]);
  },
);

async function runsByTitle(
  stage: Stage,
): Promise<Map<string, Record<string, unknown>>> {
  const { stdout } = await stage.agentctl(["list", "--json", "--limit", "50"]);
  const records: Record<string, unknown>[] = JSON.parse(stdout);
  return new Map(records.map((record) => [String(record["title"]), record]));
}

journey(
  "print mode waits in the foreground",
  ["agentctl claude install"],
  async (way) => {
    await using world = await makeWorld(way, [
      when(
        "Fix the greeting",
        callBash(startCommand("greeting", "Fix it")),
        (request) =>
          callBash(`agentctl wait ${startedRuns(request).get("greeting")}`),
        reportRun,
      ),
    ], () => [goal(true, "It greets again")]);
    const [program = "", ...args] = world.argv("-p", "--", "Fix the greeting");
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: world.stage.repository.dir,
      env: { ...world.env, ...world.tmux.environment() },
      clearEnv: true,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assertEquals(
      [code, decoder.decode(stdout), decoder.decode(stderr)],
      [0, "greeting: met, It greets again\n", ""],
    );
    assertEquals(world.claudeModel.scriptErrors, []);
  },
);

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  // After SIGKILL the wait goes on as an orphan, and prints the result for nobody.
  journey(
    `ended by ${signal} in the middle of a wait and continued, it is told the result, and the inbox has it`,
    ["agentctl orch"],
    async (way) => {
      const { world, id } = await endInTheMiddle(way, signal);
      await using _ = world;
      world.claudeModel.setScript([
        // After SIGKILL, Claude Code begins by itself with what has become of the wait.
        when("<status>stopped</status>", sayText("My wait was stopped.")),
        when(
          "Where were we?",
          callBash("agentctl inbox"),
          callBash(`agentctl show ${id}`),
          callBash("agentctl inbox"),
          sayText("I am up to date again."),
        ),
      ]);
      const claude = await world.claude("--continue");
      await claude.type("Where were we?");
      await claude.waitForText("● I am up to date again.");
      const last = world.claudeModel.requests.at(-1);
      assertStringIncludes(
        JSON.stringify(last?.body),
        "Runs of agentctl that ended without anybody having read the result",
      );
      const [inbox, shown, later] = last?.toolResults.slice(-3) ?? [];
      assertMatch(inbox?.text ?? "", /greeting \(goal met\): It greets again/);
      assertStringIncludes(shown?.text ?? "", '"summary": "It greets again"');
      assertEquals(later?.text, "There is nothing new");
      assertEquals(world.claudeModel.scriptErrors, []);
    },
  );
}

/** Lets Claude start a worker and wait for it, ends Claude by the signal, and then the worker. */
async function endInTheMiddle(
  way: Way,
  signal: Deno.Signal,
): Promise<{ world: World; id: string }> {
  const gates = makeGates("worker");
  await using parts = new AsyncDisposableStack();
  const world = parts.use(
    await makeWorld(way, [
      when(
        "Fix the greeting",
        callBash(startCommand("greeting", "Fix it")),
        waitForStarted,
        sayText("The worker is at work."),
      ),
      // Claude Code may still ask the model about its own end.
      when("<status>killed</status>", sayText("I am ending.")),
    ], () => [
      workerDelayUntil(gates.worker.promise, goal(true, "It greets again")),
    ]),
  );
  const claude = await world.claude();
  await claude.type("Fix the greeting");
  await claude.waitForText("● The worker is at work.");
  await claude.untilStatus("free");
  await world.workerModel.waitForRequest(() => true);
  await claude.kill(signal);
  gates.worker.resolve();
  const run = (await runsByTitle(world.stage)).get("greeting");
  const id = String(run?.["run_id"]);
  await world.stage.waitForFile(id, "meta.json", '"finished"');
  assertEquals(world.claudeModel.scriptErrors, []);
  parts.move();
  return { world, id };
}

journey(
  "ten workers that end together give ten notices, none merged",
  ["agentctl orch"],
  async (way) => {
    const gates = makeGates("all");
    const titles = Array.from({ length: 10 }, (_, index) => `task${index}`);
    await using world = await makeWorld(way, [
      when(
        "Do ten things",
        together(
          ...titles.map((title) => callBash(startCommand(title, title))),
        ),
        waitForStarted,
        sayText("Ten workers are at work."),
      ),
      when(
        /"Wait for task\d"/,
        (_, text) => sayText(`Ended: ${text.match(/task\d/)}`),
      ),
    ], (prompt) => [
      workerDelayUntil(gates.all.promise, goal(true, `Done ${prompt.trim()}`)),
    ]);
    const claude = await world.claude();
    await claude.type("Do ten things");
    await claude.waitForText("● Ten workers are at work.");
    await claude.untilStatus("free");
    for (const title of titles) {
      await world.workerModel.waitForRequest(({ prompts }) =>
        prompts[0] === `${title}\n`
      );
    }
    gates.all.resolve();
    const { notifications } = await world.claudeModel.waitForRequest((
      request,
    ) => request.notifications.length >= 10);
    assertEquals(
      notifications.map(({ summary }) => summary.match(/task\d/)?.[0]).sort(),
      titles,
    );
    assertEquals(new Set(notifications.map(({ taskId }) => taskId)).size, 10);
    for (const { outputFile } of notifications) {
      assertMatch(
        await Deno.readTextFile(outputFile),
        /"summary": "Done task\d"/,
      );
    }
    for (const title of titles) {
      await claude.waitForText(`Ended: ${title}`);
    }
    assertEquals(world.claudeModel.scriptErrors, []);
  },
);

journey(
  "after /clear the notice comes all the same, and what Claude does not read comes with the next /clear",
  ["agentctl orch"],
  async (way) => {
    const gates = makeGates("worker");
    await using world = await makeWorld(way, [
      when(
        "Fix the greeting",
        callBash(startCommand("greeting", "Fix it")),
        waitForStarted,
        sayText("The worker is at work."),
      ),
      when('"Wait for greeting"', sayText("I do not care.")),
      when(
        "What is new?",
        callBash("agentctl inbox"),
        ({ news }) =>
          callBash(
            `agentctl show ${news.toolResults[0]?.text.match(/[-\da-f]{20}/)}`,
          ),
        sayText("I have read the result."),
      ),
      when("Go on", sayText("I go on.")),
    ], () => [
      workerDelayUntil(gates.worker.promise, goal(true, "It greets again")),
    ]);
    const { claudeModel } = world;
    const told = (request?: MessagesRequest) =>
      JSON.stringify(request?.body).includes(
        "Runs of agentctl that ended without anybody having read the result",
      );
    const claude = await world.claude();
    const clear = async (said: string) => {
      await claude.untilStatus("free");
      await claude.type("/clear");
      await claude.waitForText(new RegExp(`^(?![\\s\\S]*${said})`));
    };
    await claude.type("Fix the greeting");
    await claude.waitForText("● The worker is at work.");
    await claude.untilStatus("free");
    await world.workerModel.waitForRequest(() => true);
    await clear("The worker is at work");
    gates.worker.resolve();
    const woken = await claudeModel.waitForRequest(({ news }) =>
      news.notifications.length > 0
    );
    assertEquals(woken.toolResults, [], "The conversation was not cleared");
    assertMatch(
      await Deno.readTextFile(woken.notifications[0]?.outputFile ?? ""),
      /"summary": "It greets again"/,
    );
    await claude.waitForText("● I do not care.");

    await clear("I do not care");
    await claude.type("What is new?");
    await claude.waitForText("● I have read the result.");
    const last = claudeModel.requests.at(-1);
    assert(told(last), "The session does not begin with the result");
    const [inbox, shown] = last?.toolResults ?? [];
    assertMatch(inbox?.text ?? "", /greeting \(goal met\): It greets again/);
    assertStringIncludes(shown?.text ?? "", '"summary": "It greets again"');

    await clear("I have read the result");
    await claude.type("Go on");
    await claude.waitForText("● I go on.");
    assertEquals(told(claudeModel.requests.at(-1)), false);
    assertEquals(claudeModel.scriptErrors, []);
  },
);

journey(
  "a result is off the inbox once Claude has read the output of its wait, in the file or at once",
  ["agentctl orch"],
  async (way) => {
    const gates = makeGates("one");
    await using world = await makeWorld(
      way,
      [
        when(
          "Do two things",
          callBash(startCommand("one", "one")),
          waitForStarted,
          callBash(startCommand("two", "two")),
          (request) =>
            callBash(`agentctl wait ${startedRuns(request).get("two")}`),
          callBash("agentctl inbox"),
          sayText("Two has failed."),
        ),
        when(
          '"Wait for one"',
          callBash("agentctl inbox"),
          ({ notifications }) =>
            callTool("Read", { file_path: notifications[0]?.outputFile }),
          callBash("agentctl inbox"),
          sayText("One is done."),
        ),
      ],
      (prompt) =>
        prompt === "one\n"
          ? [workerDelayUntil(gates.one.promise, goal(true, "One is done"))]
          : [goal(false, "Two is not done", "Do it")],
    );
    const { claudeModel } = world;
    const claude = await world.claude();
    await claude.type("Do two things");
    await claude.waitForText("● Two has failed.");
    gates.one.resolve();
    await claude.waitForText("● One is done.");
    const texts = claudeModel.requests.at(-1)?.toolResults
      .map(({ text }) => text) ?? [];
    assertStringIncludes(texts[3] ?? "", '"summary": "Two is not done"');
    assertEquals(texts[4], "There is nothing new");
    assertMatch(texts[5] ?? "", /one \(goal met\): One is done/);
    assertStringIncludes(texts[6] ?? "", '"summary": "One is done"');
    assertEquals(texts[7], "There is nothing new");
    assertEquals(claudeModel.scriptErrors, []);
  },
);
