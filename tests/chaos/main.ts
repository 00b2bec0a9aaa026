/**
 * Breaks agentctl on purpose, each fault many times at moments of chance, and
 * prints what became of it. Ends with 1 if any round was lost.
 *
 *     deno task chaos [--rounds N] [--seed S] [--only NAME]
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { runCampaign } from "./campaign.ts";
import { FAULTS } from "./faults/mod.ts";
import { readCampaign } from "../support/campaign.ts";
import { print } from "../support/print.ts";
import { buildProgram } from "./program.ts";
import { drawTable } from "./table.ts";

const { count: rounds, seed, sideBySide } = readCampaign("rounds", 20);
const { only } = parseArgs(Deno.args, { string: ["only"] });
const faults = FAULTS.filter((fault) =>
  typeof only !== "string" || fault.name.includes(only)
);
if (faults.length === 0 || !(rounds >= 1)) {
  const names = FAULTS.map((fault) => `  ${fault.name}`).join("\n");
  print(`Give --rounds from 1 on, and --only a part of one of:\n${names}\n`);
  Deno.exit(2);
}
await using program = await buildProgram();
print(
  `Seed ${seed}, ${faults.length} faults, ${rounds} rounds of each, ${
    program.binary ? "compiled" : "from source"
  }\n`,
);
const tallies = await runCampaign({
  faults,
  rounds,
  seed,
  binary: program.binary,
  sideBySide,
  patience: 1,
  onLoss: (name, round, message) =>
    print(`lost: ${name}, round ${round}: ${message}\n`),
  onDone: (tally) =>
    print(
      `${tally.name}: ${tally.survived} of ${tally.tried} survived, ${tally.skipped} skipped\n`,
    ),
});
print(`\n${drawTable(tallies)}\n`);
Deno.exitCode = tallies.some((tally) => tally.losses.length > 0) ? 1 : 0;
