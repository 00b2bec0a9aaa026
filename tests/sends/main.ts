/**
 * Sends messages to runs of the real Codex at random moments, and compares the
 * receipts with what the model saw. Ends with 1 if one is wrong.
 *
 *     deno task sends [--sends N] [--seed S] [--transport T]
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { readCampaign, reportFaults } from "../support/campaign.ts";
import { print } from "../support/print.ts";
import { runSends } from "./campaign.ts";

const options = readCampaign("sends", 1000);
const given = parseArgs(Deno.args, { string: ["transport"] }).transport;
const transport = given === "exec" ? "exec" : "app-server";
const tally = await runSends({ ...options, transport });
const middle = (values: number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;
const { delaysMs, requestsBetween, afterAccepted, faults, states } = tally;
print(
  `Seed ${options.seed}, ${transport}: ${tally.sent} sent, ${
    JSON.stringify(states)
  }\n`,
);
print(
  `Time to the model: median ${
    Math.round(middle(delaysMs, 0.5))
  } ms, 95 % within ${Math.round(middle(delaysMs, 0.95))} ms\n`,
);
print(
  `Requests without it meanwhile: at most ${Math.max(...requestsBetween)}, ${
    Math.max(0, ...afterAccepted)
  } once Codex had accepted it\n`,
);
reportFaults(faults);
