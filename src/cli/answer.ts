import {
  answerQuestion,
  openQuestionOf,
  type Saying,
} from "../fleet/answer.ts";
import { requirePerson } from "../fleet/may_approve.ts";
import { RUN_ID_VARIABLE } from "../run/environment.ts";
import type { RunId } from "../run/id.ts";
import { answerCommands, questionLines } from "../run/question_lines.ts";
import type { Question } from "../run/questions.ts";
import { checkPrompt } from "../run/prompt.ts";
import { EXIT_CODES, usageError } from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import { WORDS_OF } from "../text/others_words.ts";
import type { Caller } from "../workspace/workspace.ts";
import { sayNamed } from "./chosen_runs.ts";
import { command } from "./command.ts";
import { readPrompt } from "./input.ts";

export default command({
  name: "answer",
  summary: "answer a worker's question",
  usage:
    "answer <id>[/N] [TEXT... | --choice N... | --approve | --deny | < answer]",
  description:
    "Answers the question that the worker of a run is waiting on, or the one with the given number,\nand returns once the worker has the answer. If it asks several things at once, give a TEXT or a\n--choice for each, in order. The first answer counts. --deny leaves a question to the worker, and\nrefuses an approval. --approve lets the worker do what it asks for outside its sandbox: only you\ncan do that, at a terminal or in the dialog that Claude Code opens, and you must name the\nquestion as ID/N. The exit code is 4 if the worker stopped waiting first.",
  action: "answer",
  args: "<id> [text]...",
  argsHint:
    "name a run that asks, and put the answer in quotes, as in \"agentctl answer @last 'Use SQLite'\"",
  options: {
    choice: {
      kind: "list",
      of: "choices",
      value: "N",
      help: "choose by number; repeat it if several things are asked",
      each: { pattern: /^[1-9]\d{0,3}$/, words: "a number, 1 or higher" },
    },
    approve: flag("let the worker do what it asks for, outside its sandbox"),
    deny: flag("refuse it, or leave the question to the worker"),
  },
  examples: [
    'agentctl answer @last "Use SQLite"',
    "agentctl answer @last --choice 2",
    "agentctl answer 20260102-030405-a1b2/1 --approve",
  ],
  async run({ args, options, caller, fleet, print, say }) {
    const [name, ...texts] = args;
    const given = sayingOf(texts, options);
    const context = await fleet();
    const { id, question } = await openQuestionOf(context, name);
    if (!name.startsWith(id)) await sayNamed(context, name, [id], say);
    const saying = given ?? await readAnswer(id, question, caller);
    if (saying.decision === "approve") {
      const asked = caller.env["CLAUDECODE"]
        ? "hook"
        : Deno.stdin.isTerminal() || Deno.stdout.isTerminal()
        ? "person"
        : "nobody";
      await requirePerson(context, id, question, { name, asked });
      if (asked === "person") questionLines(question).forEach(say);
    }
    const { CLAUDECODE, [RUN_ID_VARIABLE]: worker } = caller.env;
    const isModel = saying.decision !== "approve" && (CLAUDECODE || worker);
    const over = await answerQuestion(context, id, question, {
      saying,
      by: isModel ? "orchestrator" : "person",
    });
    const { id: n, outcome } = over;
    print(
      options.json
        ? JSON.stringify({ run_id: id, ...WORDS_OF, ...over })
        : `${id}/${n} ${outcome}`,
    );
    if (outcome === "withdrawn" || outcome === "unanswered") {
      say(`The worker of run ${id} had stopped waiting for the answer`);
      return EXIT_CODES.run_failed;
    }
    return EXIT_CODES.ok;
  },
});

/** The answer that the call gives; `null` if it leaves that to standard input. */
function sayingOf(
  texts: readonly string[],
  { choice, approve, deny }: {
    choice: readonly string[] | undefined;
    approve: boolean;
    deny: boolean;
  },
): Saying | null {
  const all: [given: boolean, name: string, saying: Saying][] = [
    [texts.length > 0, "TEXT", { decision: "answer", texts }],
    [choice !== undefined, "--choice", {
      decision: "choose",
      choices: (choice ?? []).map(Number),
    }],
    [approve, "--approve", { decision: "approve" }],
    [deny, "--deny", { decision: "deny" }],
  ];
  const [one = null, two] = all.filter(([given]) => given);
  if (one !== null && two !== undefined) {
    throw usageError(
      `Cannot answer with both ${one[1]} and ${two[1]}: give one of them`,
    );
  }
  return one === null ? null : one[2];
}

/** The answer to a single question, from standard input. Throws a `usage` error without one. */
async function readAnswer(
  id: RunId,
  question: Question,
  caller: Caller,
): Promise<Saying> {
  const bytes = question.asks.length === 1 && question.kind === "question"
    ? await readPrompt("answer", { text: undefined, file: undefined }, caller)
    : undefined;
  if (bytes === undefined) {
    throw usageError(
      `Cannot answer question ${question.id} of run "${id}": say what, as in "${
        answerCommands(id, question).join('" or "')
      }"`,
    );
  }
  const ways = "an argument, --choice or standard input";
  const text = checkPrompt(bytes, { name: "answer", ways });
  return { decision: "answer", texts: [text.replace(/\r?\n$/, "")] };
}
