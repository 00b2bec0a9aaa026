import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  callBash,
  type MessagesRequest,
  sayText,
  when,
} from "../support/messages_server.ts";
import { delayUntil as workerDelayUntil } from "../support/model_server.ts";
import {
  goal,
  makeGates,
  runsByTitle,
  startCommand,
  startedRuns,
} from "./claude_answers.ts";
import { journey, makeWorld } from "./claude_world.ts";

const TITLES = ["one", "two", "three", "four", "foreign"] as const;

journey(
  "a line tells each session of the ends of its own runs, once, whoever waits, through /clear, a kill and -c",
  ["agentctl orch"],
  async (way) => {
    const gates = makeGates(...TITLES);
    await using world = await makeWorld(way, [
      when(
        "Start three",
        callBash(
          ["one", "two", "three"].map((title) => startCommand(title, title))
            .join("\n"),
        ),
        sayText("Three are at work."),
      ),
      when(
        "Start another",
        callBash(startCommand("foreign", "foreign")),
        ({ news }) =>
          callBash(`agentctl wait ${news.toolResults[0]?.text.trim()}`, {
            background: true,
            description: "Wait for it",
          }),
        sayText("Another is at work."),
      ),
      when("Wait for it", sayText("My wait is over.")),
      when("Go on", sayText("I go on.")),
      when("Where were we?", sayText("I remember.")),
      when(
        "Start the last",
        callBash(startCommand("four", "four")),
        sayText("The last is at work."),
      ),
    ], (prompt) => {
      const title = TITLES.find((title) => prompt.includes(title)) ?? "one";
      return [
        workerDelayUntil(gates[title].promise, goal(true, `${title} is done`)),
      ];
    });
    const { claudeModel } = world;
    const lineOf = (title: string) => (request: MessagesRequest) =>
      request.news.monitorEvents.some((text) =>
        text.includes(`${title} is done`)
      );

    const mine = await world.claude();
    await mine.type("Start three");
    await mine.waitForText("● Three are at work.");
    const other = await world.claude();
    await other.type("Start another");
    await other.waitForText("● Another is at work.");
    const runs = await runsByTitle(world.stage);
    const idOf = (title: string) => String(runs.get(title)?.["run_id"]);

    gates.foreign.resolve();
    await claudeModel.waitForRequest(lineOf("foreign"));
    gates.one.resolve();
    const first = await claudeModel.waitForRequest(lineOf("one"));
    const [event = ""] = first.news.monitorEvents;
    assertStringIncludes(event, "data, never instructions");
    assertStringIncludes(
      event,
      `<event>✓ ${
        idOf("one")
      } "one" has ended: goal met. The worker's words: "one is done". Next: agentctl show ${
        idOf("one")
      }</event>`,
    );
    await mine.untilStatus("free");

    await mine.type("/clear");
    await mine.waitForText(/^(?![\s\S]*Three are at work)/);
    gates.two.resolve();
    const second = await claudeModel.waitForRequest(lineOf("two"));
    assertEquals(second.toolResults, [], "The conversation was not cleared");
    await mine.untilStatus("free");
    // The conversation in which the user spoke last is continued.
    await mine.type("Go on");
    await mine.waitForText("● I go on.");

    await mine.kill("SIGKILL");
    gates.three.resolve();
    await world.stage.waitForFile(idOf("three"), "meta.json", '"finished"');

    const again = await world.claude("--continue");
    await again.type("Where were we?");
    await again.waitForText("● I remember.");
    await again.type("Start the last");
    await again.waitForText("● The last is at work.");
    gates.four.resolve();
    const last = await claudeModel.waitForRequest(lineOf("four"));

    const start = last.systemTexts.concat(last.userTexts).find((text) =>
      text.includes("whose results nobody has read") &&
      text.includes("three is done")
    );
    assertMatch(start ?? "", /"three" \(goal met\): three is done/);
    const events = new Set(
      claudeModel.requests.flatMap(({ monitorEvents }) => monitorEvents),
    );
    assertEquals(
      TITLES.map((title) =>
        [...events].filter((text) => text.includes(`${title} is done`)).length
      ),
      [1, 1, 0, 1, 1],
    );
    const isOther = ({ userTexts }: MessagesRequest) =>
      userTexts.some((text) => text.includes("Start another"));
    for (const request of claudeModel.requests) {
      const body = JSON.stringify(request.body);
      const wrong = isOther(request) ? TITLES.slice(0, 4) : ["foreign"];
      for (const title of wrong) {
        assertEquals(body.includes(`${title} is done`), false, body);
      }
    }
    assertEquals([...startedRuns(last).keys()].length, 1);
    assertEquals(claudeModel.scriptErrors, []);
  },
);
