import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  callBash,
  callTool,
  type MessagesRequest,
  sayText,
  when,
} from "../support/messages_server.ts";
import { startClaude } from "../support/claude_home.ts";
import { delayUntil as workerDelayUntil } from "../support/model_server.ts";
import {
  goal,
  makeGates,
  runsByTitle,
  startCommand,
  startedRuns,
  waitForStarted,
} from "./claude_answers.ts";
import { journey, makeWorld, type Way, type World } from "./claude_world.ts";

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
        "agentctl runs that have ended and whose results nobody has read",
      );
      const [inbox, shown, later] = last?.toolResults.slice(-3) ?? [];
      assertMatch(
        inbox?.text ?? "",
        /greeting" \(goal met, .*\): It greets again/,
      );
      assertStringIncludes(shown?.text ?? "", '"summary": "It greets again"');
      assertEquals(later?.text, "Nothing new");
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
  const { owner } = await world.stage.show(id);
  const { process, pane } = owner as Record<string, Record<string, unknown>>;
  assertEquals([process?.["pid"], pane], [claude.pid, claude.paneId]);
  assertEquals(world.claudeModel.scriptErrors, []);
  parts.move();
  return { world, id };
}

journey(
  "orch -c makes an orchestrator of a conversation that began without agentctl",
  ["agentctl orch"],
  async (way) => {
    await using world = await makeWorld(way, [
      when("Hello", sayText("Hi there.")),
      when("Who are you?", sayText("An orchestrator.")),
    ], () => []);
    const { claudeModel, stage, tmux, env } = world;
    const prompt = "You are the orchestrator";
    const plain = await startClaude({
      ...{ tmux, env, folder: stage.repository.dir },
      argv: ["claude"],
    });
    await plain.type("Hello");
    await plain.waitForText("● Hi there.");
    assertEquals(claudeModel.requests.at(-1)?.system.includes(prompt), false);
    await plain.kill("SIGTERM");
    const claude = await world.claude("--continue");
    await claude.type("Who are you?");
    await claude.waitForText("● An orchestrator.");
    const last = claudeModel.requests.at(-1);
    assertStringIncludes(last?.system ?? "", prompt);
    assertStringIncludes(JSON.stringify(last?.body), "Hi there.");
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
        "agentctl runs that have ended and whose results nobody has read",
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
    assertMatch(
      inbox?.text ?? "",
      /greeting" \(goal met, .*\): It greets again/,
    );
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
    assertEquals(texts[4], "Nothing new");
    assertMatch(texts[5] ?? "", /one" \(goal met, .*\): One is done/);
    assertStringIncludes(texts[6] ?? "", '"summary": "One is done"');
    assertEquals(texts[7], "Nothing new");
    assertEquals(claudeModel.scriptErrors, []);
  },
);
