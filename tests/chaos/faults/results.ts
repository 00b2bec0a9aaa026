import { join } from "@std/path";
import { steps } from "../../support/stage.ts";
import { type Fault, must } from "../fault.ts";
import { DONE } from "../strike.ts";
import { type Round } from "../round.ts";

const GOOD = {
  goal_met: true,
  summary: "done",
  followup_prompt: "",
  notes: "",
};
const TEXT = JSON.stringify(GOOD);
const MEGABYTE = 1024 * 1024;

/** A result that models really write so: it is read. */
function readable(name: string, text: (round: Round) => string): Fault {
  return {
    name: `result ${name}`,
    async play(round) {
      const victim = await round.begin(
        steps("Result", { result_text: text(round) }),
      );
      const outcome = await round.settle(victim, performance.now(), {
        ladderMs: 1_500,
        outcomes: [DONE],
      });
      must(
        outcome["result"] === "valid" && outcome["summary"] === "done",
        `The result is ${outcome["result"]}: ${outcome["result_error"]}`,
      );
    },
  };
}

/** An invalid result: asked for once more if there is a thread, and otherwise kept with the reason. */
function unreadable(name: string, text: (round: Round) => string): Fault {
  return {
    name: `result ${name}`,
    async play(round) {
      const isEphemeral = round.random.between(0, 1) === 1;
      const answer = text(round);
      const victim = await round.begin(
        steps("Result", { result_text: answer }),
        ...isEphemeral ? ["--ephemeral"] : [],
      );
      const outcome = await round.settle(victim, performance.now(), {
        ladderMs: 2_500,
        outcomes: isEphemeral
          ? [{ status: "finished", code: 1, goalMet: null }]
          : [DONE],
      });
      const wanted = isEphemeral ? "invalid" : "repaired";
      must(
        outcome["result"] === wanted,
        `The result is ${outcome["result"]} and not ${wanted}`,
      );
      if (!isEphemeral) return;
      const kept = await Deno.readTextFile(
        round.stage.runFile(victim.id, "output.json"),
      );
      must(kept === answer, "output.json is not the answer as it came");
    },
  };
}

/** Everything that a worker can answer. */
export const RESULT_FAULTS: readonly Fault[] = [
  unreadable("[]", () => "[]"),
  unreadable('"x"', () => '"x"'),
  unreadable("42", () => "42"),
  readable("fenced", () => `\`\`\`json\n${TEXT}\n\`\`\``),
  readable("with BOM", () => `\uFEFF${TEXT}`),
  readable(
    "with text around",
    ({ random }) =>
      `${"Here { it is: ".repeat(random.between(1, 9))}\n${TEXT}\n${
        "I hope } that helps. ".repeat(random.between(0, 9))
      }`,
  ),
  unreadable(
    "truncated",
    ({ random }) => TEXT.slice(0, random.between(1, TEXT.length - 1)),
  ),
  {
    name: "result of 50 MB",
    alone: true,
    slow: true,
    async play(round) {
      const { random, stage } = round;
      const megabytes = random.pick([5, 50]);
      const size = megabytes * MEGABYTE;
      const summary = "x".repeat(size);
      const answer = random.pick([
        summary,
        JSON.stringify({ ...GOOD, summary }),
      ]);
      await answerFromFile(round, answer);
      const victim = await round.begin(steps("Large"));
      const outcome = await round.settle(victim, performance.now(), {
        ladderMs: 15_000,
        outcomes: [{ status: "finished", code: 1, goalMet: null }],
      });
      must(
        ["invalid", "missing"].includes(String(outcome["result"])),
        `The result is ${outcome["result"]}`,
      );
      const events = await Deno.stat(stage.runFile(victim.id, "events.jsonl"));
      must(events.size > size, `events.jsonl has only ${events.size} bytes`);
    },
  },
];

/** A worker that prints a turn from a file; a prompt cannot script so much. */
async function answerFromFile(
  { stage }: Round,
  answer: string,
): Promise<void> {
  const file = join(stage.scratch.dir, "turn.jsonl");
  const thread_id = "00000000-0000-0000-0000-000000000001";
  const item = { id: "item_0", type: "agent_message", text: answer };
  const usage = {
    input_tokens: 1,
    cached_input_tokens: 0,
    output_tokens: 1,
    reasoning_output_tokens: 0,
  };
  const events = [
    { type: "thread.started", thread_id },
    { type: "turn.started" },
    { type: "item.completed", item },
    { type: "turn.completed", usage },
  ];
  await Deno.writeTextFile(
    file,
    events.map((event) => `${JSON.stringify(event)}\n`).join(""),
  );
  const launcher = join(stage.scratch.bin, "codex");
  const text = await Deno.readTextFile(launcher);
  // The bystander's prompt is another's business.
  const other =
    `case "$*" in *--json*) input=$(cat); case "$input" in *Bystander*) printf %s "$input" | ${
      text.slice(text.indexOf("exec ") + 5).trim()
    }; exit ;; esac; cat '${file}'; exit 0 ;; esac`;
  await Deno.writeTextFile(launcher, text.replace(/^exec/m, `${other}\nexec`));
}
