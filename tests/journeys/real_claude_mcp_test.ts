import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  callTool,
  type ClaudeAnswer,
  type MessagesRequest,
  sayText,
  together,
} from "../support/messages_server.ts";
import {
  type Answer,
  delayUntil as workerDelayUntil,
} from "../support/model_server.ts";
import {
  assertOutcome,
  EVERY_QUOTE,
  goal,
  makeGates,
} from "./claude_answers.ts";
import { journey, makeWorld } from "./claude_world.ts";

const toolName = (name: string) => `mcp__agentctl__${name}`;

/** A call of a tool of `agentctl mcp`. */
function call(name: string, input: Record<string, unknown>): ClaudeAnswer {
  return callTool(toolName(name), input);
}

interface EndedRun {
  run_id: string;
  title: string;
  goal_met: boolean;
  summary: string;
}

/**
 * A Claude that starts these tasks and waits for the next to end until all
 * have; what ends without its goal met it looks at, and resumes on deep. While
 * a tool blocks it does not hear the user, so no wait is long.
 */
function orchestrate(prompts: Record<string, string>) {
  const running = new Set<string>();
  const reports: string[] = [];
  let begun = false;
  return ({ news, tools }: MessagesRequest): ClaudeAnswer => {
    // Claude Code may be there before the server is.
    if (!tools.includes(toolName("start"))) {
      return callTool("Read", { file_path: "README.md" });
    }
    if (!begun) {
      begun = true;
      return together(
        sayText("I split this into three tasks."),
        ...Object.entries(prompts).map(([title, prompt]) =>
          call("start", { profile: "spark", title, prompt })
        ),
      );
    }
    const answers = news.sentences.map(() => sayText("It is forty-two."));
    const calls: ClaudeAnswer[] = [];
    for (const { call: { name } = { name: "" }, text } of news.toolResults) {
      const data = JSON.parse(text);
      if (/start|resume/.test(name)) running.add(data.run_id);
      if (name.endsWith("show")) {
        calls.push(call("resume", {
          parent_run_id: data.run.run_id,
          profile: "deep",
          title: "deep",
        }));
      }
      const ended: EndedRun[] = name.endsWith("wait") ? data.ended : [];
      for (const { run_id, title, goal_met, summary } of ended) {
        running.delete(run_id);
        if (!goal_met) calls.push(call("show", { run_id, full: true }));
        reports.push(`${title}: ${summary}`);
        answers.push(sayText(`Report ${title}: ${summary}`));
      }
    }
    if (calls.length === 0 && running.size > 0) {
      const run_ids = [...running];
      calls.push(call("wait", { run_ids, any: true, timeout_seconds: 2 }));
    }
    if (calls.length === 0) {
      answers.push(sayText(`Final report: ${reports.join(" / ")}`));
    }
    return together(...answers, ...calls);
  };
}

journey(
  "one sentence, three workers, a question in between, one goal not met, deep, all reported",
  ["agentctl orch --mcp"],
  async (way) => {
    const gates = makeGates("parser", "docs", "tests", "deep");
    const prompts = {
      parser: EVERY_QUOTE,
      docs: "Write the docs",
      tests: "Test it all",
    };
    const workers: Record<string, Answer[]> = {
      [prompts.parser]: [
        workerDelayUntil(gates.parser.promise, goal(true, "The parser parses")),
      ],
      [prompts.docs]: [
        workerDelayUntil(gates.docs.promise, goal(true, "It is written")),
      ],
      [prompts.tests]: [
        workerDelayUntil(
          gates.tests.promise,
          goal(false, "Half of it fails", "Mend the other half"),
        ),
        workerDelayUntil(gates.deep.promise, goal(true, "All tests pass")),
      ],
    };
    await using world = await makeWorld(
      way,
      orchestrate(prompts),
      (prompt) => workers[prompt] ?? [],
    );
    const { claudeModel, workerModel } = world;
    const claude = await world.claude();
    await claude.type("Improve this project, please");
    for (const prompt of Object.values(prompts)) {
      await workerModel.waitForRequest(({ prompts }) => prompts[0] === prompt);
    }
    // Nothing has ended yet.
    await claude.type("What is six times seven?");
    await claude.waitForText("● It is forty-two.");

    gates.parser.resolve();
    await claude.waitForText("● Report parser: The parser parses");
    gates.docs.resolve();
    await claude.waitForText("● Report docs: It is written");
    gates.tests.resolve();
    await claude.waitForText("● Report tests: Half of it fails");
    gates.deep.resolve();
    await claude.waitForText(
      "● Final report: parser: The parser parses / docs: It is written / tests: Half of it fails / deep: All tests pass",
    );
    await claude.untilStatus("free");

    assertEquals(claudeModel.scriptErrors, []);
    assertEquals(workerModel.scriptErrors, []);
    const results = claudeModel.requests.at(-1)?.toolResults ?? [];
    assertEquals(
      results.filter(({ isError }) => isError),
      [],
      "Claude was asked or refused",
    );
    assertEquals(
      results.filter(({ call }) => call?.name === "Bash"),
      [],
      "Claude went by the shell",
    );
    const { system } = claudeModel.requests.at(-1) ?? { system: "" };
    assertStringIncludes(system, "Tools instead of commands");
    await assertOutcome(world, prompts.tests);
    const inbox = await world.stage.agentctl(["inbox"]);
    assertEquals(inbox.stdout, "");
  },
);
