/**
 * Has real Codex workers ask while the processes involved are killed, and compares
 * what they were told with the answers. Ends with 1 if something is wrong.
 *
 *     deno task questions [--questions N] [--seed S]
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { print } from "../support/print.ts";
import { runQuestions } from "./campaign.ts";

const options = parseArgs(Deno.args, {
  string: ["questions", "seed", "side-by-side"],
  default: { questions: "100", seed: String(Date.now()), "side-by-side": "3" },
});
const { asked, answered, unanswered, faults } = await runQuestions({
  questions: Number(options.questions),
  seed: String(options.seed),
  sideBySide: Number(options["side-by-side"]),
});
print(
  `Seed ${options.seed}: ${asked} asked, ${answered} answered, ${unanswered} told as unanswered\n`,
);
for (const fault of faults) print(`wrong: ${fault}\n`);
print(`${faults.length} wrong\n`);
Deno.exitCode = faults.length > 0 ? 1 : 0;
