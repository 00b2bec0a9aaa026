/**
 * Sends messages to runs of the real Codex at random moments, and compares the
 * receipts with what the model saw. Ends with 1 if one is wrong.
 *
 *     deno task sends [--sends N] [--seed S] [--transport T]
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { print } from "../support/print.ts";
import { runSends } from "./campaign.ts";

const options = parseArgs(Deno.args, {
  string: ["sends", "seed", "transport", "side-by-side"],
  default: { sends: "1000", seed: String(Date.now()), "side-by-side": "3" },
});
const transport = options.transport === "exec" ? "exec" : "app-server";
const tally = await runSends({
  sends: Number(options.sends),
  seed: String(options.seed),
  transport,
  sideBySide: Number(options["side-by-side"]),
});
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
for (const fault of faults) print(`wrong: ${fault}\n`);
print(`${faults.length} wrong\n`);
Deno.exitCode = faults.length > 0 ? 1 : 0;
