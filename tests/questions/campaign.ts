import { findSupervisor, signal } from "../chaos/processes.ts";
import type { Random } from "../chaos/random.ts";
import { delay } from "../chaos/time.ts";
import { type CampaignOptions, playRounds } from "../support/campaign.ts";
import {
  type Answer,
  callTool,
  DONE,
  type RecordedRequest,
} from "../support/model_server.ts";
import type { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";

/** How many questions a run asks, one after another. */
const QUESTIONS = 3;

/** What happens while a question waits. */
const EVENTS = [
  "answered",
  "answered by two",
  "answerer killed",
  "waiter killed",
  "supervisor killed",
] as const;

/** What became of the questions. */
export interface QuestionTally {
  asked: number;
  /** How many were told to the worker, and how many the record says nobody answered. */
  answered: number;
  unanswered: number;
  faults: string[];
}

/**
 * Has real Codex workers ask, kills the processes involved at random moments, and
 * compares what the model was told with what the answers say.
 */
export async function runQuestions(
  options: CampaignOptions,
): Promise<QuestionTally> {
  const tally: QuestionTally = {
    asked: 0,
    answered: 0,
    unanswered: 0,
    faults: [],
  };
  const asked = () => tally.asked;
  await playRounds(options, curious, asked, async (round) => {
    const { stage, number, random, log } = round;
    const prompt = `run ${number}`;
    const id = await stage.start(
      ...[prompt, "--profile", "spark", "--transport", "app-server"],
    );
    await playRun(stage, id, random, tally);
    const { record } = await stage.wait(id);
    const mine = log.filter(({ request }) => request.prompts[0] === prompt);
    await check(stage, record, mine.at(-1)?.request, tally);
  });
  return tally;
}

/** A model that asks, and is done when all is answered. */
function curious({ toolOutputs }: RecordedRequest): Answer {
  if (toolOutputs.length >= QUESTIONS) return DONE;
  const options = ["a", "b"].map((label) => ({ label, description: "" }));
  const question = `Question ${toolOutputs.length + 1}?`;
  const asked = { id: "q", header: "Q", question, options };
  return callTool("request_user_input", { questions: [asked] });
}

async function playRun(
  stage: Stage,
  id: string,
  random: Random,
  tally: QuestionTally,
): Promise<void> {
  for (let number = 1; number <= QUESTIONS; number++) {
    const waiter = stage.spawn(["wait", id]);
    const told = waiter.output();
    await stage.waitForFile(id, `questions/${number}.json`, '"asked_at"');
    tally.asked++;
    const event = random.pick(EVENTS);
    await delay(random.between(0, 300));
    const answer = (text: string) =>
      stage.spawn(["answer", `${id}/${number}`, text]);
    const first = answer(`first ${number}`);
    const outputs = [first.output()];
    if (event === "answered by two") {
      outputs.push(answer(`second ${number}`).output());
    }
    if (event === "waiter killed") killSoon(waiter, random);
    if (event === "answerer killed") {
      await delay(random.between(0, 500));
      killSoon(first, random);
      await first.status;
      outputs.push(answer(`second ${number}`).output());
    }
    if (event === "supervisor killed") {
      await delay(random.between(0, 500));
      const pid = findSupervisor(id);
      if (pid !== null) signal(pid, "SIGKILL");
    }
    const codes = (await Promise.all(outputs)).map(({ code }) => code);
    const successes = codes.filter((code) => code === 0).length;
    if (successes > 1) {
      tally.faults.push(
        `run ${id}: ${successes} answers to question ${number}`,
      );
    }
    const { code } = await told;
    // It may have begun after the answer to the last question.
    if (event !== "waiter killed" && ![0, 4, 6].includes(code)) {
      tally.faults.push(`run ${id}: wait ended with ${code}`);
    }
    const { status } = await stage.show(id);
    if (status === "lost") return;
    await until(
      `question ${number} is over`,
      async () =>
        !(await Deno.readTextFile(
          stage.runFile(id, `questions/${number}.json`),
        ))
          .includes('"outcome": null'),
    );
  }
}

function killSoon(child: Deno.ChildProcess, random: Random): void {
  try {
    if (random.between(0, 4) > 0) child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

/** Compares the files with what the model was told. */
async function check(
  stage: Stage,
  record: Record<string, unknown>,
  last: RecordedRequest | undefined,
  tally: QuestionTally,
): Promise<void> {
  const id = String(record["run_id"]);
  const told = last?.toolOutputs ?? [];
  const warnings = JSON.stringify(record["warnings"]);
  for (let number = 1; number <= QUESTIONS; number++) {
    const read = async (name: string) => {
      const path = stage.runFile(id, `questions/${number}${name}.json`);
      return JSON.parse(await Deno.readTextFile(path).catch(() => "null"));
    };
    const question = await read("");
    if (question === null) return;
    const answer = await read(".answer");
    const words = told[number - 1]?.text ?? null;
    const expected = answer?.texts[0];
    if (question.outcome === "answered") {
      tally.answered++;
      // A supervisor that is killed may take the answer along on its way to the model.
      const isLost = words === null && record["status"] === "lost";
      if (!isLost && !words?.includes(expected)) {
        tally.faults.push(`run ${id}: ${words} instead of ${expected}`);
      }
    } else {
      tally.unanswered++;
      if (
        record["status"] !== "lost" ||
        !warnings.includes(`question ${number}`)
      ) {
        tally.faults.push(
          `run ${id}: question ${number} ${question.outcome}, ${
            record["status"]
          }: ${warnings}`,
        );
      }
    }
  }
}
