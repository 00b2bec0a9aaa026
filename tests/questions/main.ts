/**
 * Has real Codex workers ask while the processes involved are killed, and compares
 * what they were told with the answers. Ends with 1 if something is wrong.
 *
 *     deno task questions [--questions N] [--seed S]
 *
 * @module
 */
import { readCampaign, reportFaults } from "../support/campaign.ts";
import { print } from "../support/print.ts";
import { runQuestions } from "./campaign.ts";

const options = readCampaign("questions", 100);
const { asked, answered, unanswered, faults } = await runQuestions(options);
print(
  `Seed ${options.seed}: ${asked} asked, ${answered} answered, ${unanswered} told as unanswered\n`,
);
reportFaults(faults);
