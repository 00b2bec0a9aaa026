import { assertEquals } from "@std/assert";
import {
  callBash,
  type MessagesRequest,
  type PlannedAnswer,
  sayText,
  together,
} from "../support/messages_server.ts";
import { finish } from "../support/model_server.ts";
import type { Stage } from "../support/stage.ts";
import type { World } from "./claude_world.ts";

export function goal(goal_met: boolean, summary: string, followup_prompt = "") {
  return finish({ goal_met, summary, followup_prompt, notes: "" });
}

/** A gate for each worker, by its title. */
export function makeGates<Title extends string>(...titles: Title[]) {
  return Object.fromEntries(
    titles.map((title) => [title, Promise.withResolvers<void>()]),
  ) as Record<Title, PromiseWithResolvers<void>>;
}

export function startCommand(title: string, prompt: string): string {
  return `agentctl start --profile spark --title "${title}" <<'PROMPT'\n${prompt}\nPROMPT`;
}

/** The results of starts in this request, by title. */
export function startedRuns(request: MessagesRequest): Map<string, string> {
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
export function waitForStarted(request: MessagesRequest) {
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
export function lastLine(text = ""): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** Claude looks at the run of this title. */
export const showRun = (title: string): PlannedAnswer => (request) =>
  callBash(`agentctl show ${startedRuns(request).get(title)}`, {
    description: `Show ${title}`,
  });

/** What the last tool call printed, which is a record and, from a wait, a word about it. */
export function lastRecord(request: MessagesRequest): Record<string, unknown> {
  const text = request.news.toolResults.at(-1)?.text ?? "";
  return JSON.parse(text.split("\nIn the inbox")[0] ?? "");
}

/** Claude tells in one line what the record says that it has just been shown. */
export const reportRun: PlannedAnswer = (request) => {
  const { title, goal_met, summary } = lastRecord(request);
  return sayText(`${title}: ${goal_met ? "met" : "not met"}, ${summary}`);
};
/** The records of the stage by their titles. */
export async function runsByTitle(
  stage: Stage,
): Promise<Map<string, Record<string, unknown>>> {
  const { stdout } = await stage.agentctl(["list", "--json", "--limit", "50"]);
  const records: Record<string, unknown>[] = JSON.parse(stdout);
  return new Map(records.map((record) => [String(record["title"]), record]));
}

/**
 * What must have come of the main journey: three runs on spark, of which the
 * one with this prompt was continued in its thread on deep.
 */
export async function assertOutcome(
  { stage, workerModel }: World,
  testsPrompt: string,
): Promise<void> {
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
    testsPrompt,
    "Mend the other half",
  ]);
}

/** A prompt that a shell, a permission rule or JSON could stumble over anywhere. */
export const EVERY_QUOTE = [
  "# Every quote",
  `{"a": [1, {"b": "$(touch evil) \`touch evil\`"}], 'c': null}`,
  `it's "quoted" \'\'\' """ \`\`\` \\ \\n \\" $HOME \${x} $'y' !! %s <<EOF`,
  "\ta tab, \u00a0 no-break, „deutsch“, “curly”, «guillemets», 日本, 🦊\\",
  ...Array.from(
    { length: 600 },
    (_, index) => `${index} ${`'"{}\\ `.repeat(16)}`,
  ),
  "PROMPTS",
].join("\n");
