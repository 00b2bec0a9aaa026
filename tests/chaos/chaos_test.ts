import { assertEquals } from "@std/assert";
import { runCampaign } from "./campaign.ts";
import { FAULTS } from "./faults/mod.ts";

/** Time limits do not matter here, beside other tests; `deno task chaos` checks them. */
const PATIENCE = 15;

Deno.test({
  name: "one round of every quick fault is survived",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const tallies = await runCampaign({
      faults: FAULTS.filter((fault) => !fault.slow && !fault.alone),
      rounds: 1,
      seed: "short pass",
      // As a program of its own only where that matters: "deno task chaos" breaks the binary.
      binary: undefined,
      sideBySide: 3,
      patience: PATIENCE,
    });
    const losses = tallies.flatMap(({ name, losses }) =>
      losses.map((loss) => `${name}: ${loss}`)
    );
    assertEquals(losses, []);
  },
});
