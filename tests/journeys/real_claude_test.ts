import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import {
  callBash,
  sayText,
  together,
  when,
} from "../support/messages_server.ts";
import {
  type Answer,
  delayUntil as workerDelayUntil,
} from "../support/model_server.ts";
import {
  assertOutcome,
  EVERY_QUOTE,
  goal,
  lastLine,
  lastRecord,
  makeGates,
  reportRun,
  runsByTitle,
  showRun,
  startCommand,
  startedRuns,
  waitForStarted,
} from "./claude_answers.ts";
import { journey, makeWorld } from "./claude_world.ts";

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
    const { claudeModel, workerModel } = world;

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

    await assertOutcome(world, `${prompt("tests")}\n`);
  },
  { oldest: ["agentctl orch"] },
);

journey(
  "print mode waits in the foreground, and a prompt with JSON, 60 KB and every quote gets through",
  ["agentctl claude install"],
  async (way) => {
    await using world = await makeWorld(way, [
      when(
        "Fix the greeting",
        callBash(startCommand("greeting", EVERY_QUOTE)),
        (request) =>
          callBash(
            `cd . && timeout 9m agentctl wait ${
              startedRuns(request).get("greeting")
            } 2>&1 | cat`,
          ),
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
    assertEquals(world.workerModel.requests[0]?.prompts, [`${EVERY_QUOTE}\n`]);
    // However the wait was spelled, Claude has read the result.
    const id = (await runsByTitle(world.stage)).get("greeting")?.["run_id"];
    assert(await exists(join(world.stage.workspace, "seen", `${id}`)));
    assertEquals(world.claudeModel.scriptErrors, []);
  },
  { oldest: ["agentctl claude install"] },
);

journey(
  "a prompt with JSON, 60 KB and every quote gets through without a question, to a worker beside Claude",
  ["agentctl orch"],
  async (way) => {
    await using world = await makeWorld(way, [
      when(
        "Fix the greeting",
        callBash(startCommand("greeting", EVERY_QUOTE)),
        sayText("The worker is at work."),
      ),
    ], () => [goal(true, "It greets again")]);
    const claude = await world.claude();
    await claude.type("Fix the greeting");
    await claude.waitForText("● The worker is at work.");
    const { prompts } = await world.workerModel.waitForRequest(() => true);
    assertEquals(prompts, [`${EVERY_QUOTE}\n`]);
    const { system } = world.claudeModel.requests.at(-1) ?? { system: "" };
    assertStringIncludes(system, "# You are the orchestrator");
    assertStringIncludes(system, `- Workspace: ${world.stage.workspace}`);
    const run = (await runsByTitle(world.stage)).get("greeting");
    assertEquals(
      (await world.tmux.run(
        ...["list-panes", "-t", claude.paneId, "-F", "#{pane_id}"],
      )).split("\n"),
      [claude.paneId, (run?.["pane"] as { pane_id: string }).pane_id],
    );
    assertEquals(world.claudeModel.scriptErrors, []);
  },
);

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
  "in a project made by init, ten guarded workers and their checks need no question",
  ["agentctl orch"],
  async (way) => {
    const titles = Array.from({ length: 10 }, (_, index) => `task${index}`);
    const batch = titles.map((title) => `--- task: ${title}\n---\n${title}`)
      .join("\n");
    await using world = await makeWorld(
      {
        ...way,
        async prepare({ stage }) {
          const made = await stage.agentctl(["init"]);
          assertEquals(made.code, 0, made.stderr);
          return await way.prepare({ stage });
        },
      },
      [
        when(
          "Do ten things",
          callBash(
            `agentctl start --profile spark --verify "grep -q hello greeting.txt && node -e 0" --batch - <<'TASKS'\n${batch}\nTASKS`,
          ),
          ({ news }) => {
            const ids =
              news.toolResults[0]?.text.match(/\d{8}-\d{6}-[0-9a-f]{4}/g) ??
                [];
            assertEquals(ids.length, 10, news.toolResults[0]?.text);
            return callBash(`agentctl wait ${ids.join(" ")}`, {
              background: true,
              description: "Wait for all",
            });
          },
          sayText("Ten workers are at work."),
        ),
        when('"Wait for all"', sayText("All ten have ended.")),
      ],
      (prompt) => [goal(true, `Done ${prompt.trim()}`)],
    );
    const claude = await world.claude();
    await claude.type("Do ten things");
    await claude.waitForText("All ten have ended.", { timeoutMs: 240_000 });
    assertEquals(world.claudeModel.scriptErrors, []);
    const screen = await claude.transcript();
    assert(!screen.includes("Do you want to proceed?"), screen);
    const runs = await runsByTitle(world.stage);
    for (const title of titles) {
      const run = runs.get(title) ?? {};
      const { goal_met, verified, verify_confined, guard, warnings } = run;
      assertEquals(
        [goal_met, verified, verify_confined, warnings],
        [true, true, true, []],
        JSON.stringify(run, null, 2),
      );
      assert(guard, "It was not guarded");
    }
  },
);
