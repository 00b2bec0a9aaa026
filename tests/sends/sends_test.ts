import { assertEquals } from "@std/assert";
import { runSends } from "./campaign.ts";

Deno.test("what receipts say is what the model saw, whatever happens to the run", async () => {
  const { faults, sent } = await runSends({
    count: 24,
    seed: "short pass",
    transport: "app-server",
    sideBySide: 2,
  });
  assertEquals(faults, []);
  assertEquals(sent >= 24, true);
});
