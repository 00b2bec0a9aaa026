import { assertEquals } from "@std/assert";
import { runCampaign } from "./campaign.ts";
import { FAULTS } from "./faults/mod.ts";
import { buildProgram } from "./program.ts";

/** Time limits do not matter here, beside other tests; `deno task chaos` checks them. */
const PATIENCE = 15;

Deno.test({
  name: "one round of every quick fault is survived",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using program = await buildProgram();
    const tallies = await runCampaign({
      faults: FAULTS.filter((fault) => !fault.slow && !fault.alone),
      rounds: 1,
      seed: "short pass",
      binary: program.binary,
      sideBySide: 3,
      patience: PATIENCE,
    });
    const losses = tallies.flatMap(({ name, losses }) =>
      losses.map((loss) => `${name}: ${loss}`)
    );
    assertEquals(losses, []);
  },
});
