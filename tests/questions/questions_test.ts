import { assertEquals } from "@std/assert";
import { runQuestions } from "./campaign.ts";

Deno.test("a question is answered once or told as unanswered, whoever is killed meanwhile", async () => {
  const { faults } = await runQuestions({
    count: 9,
    seed: "short pass",
    sideBySide: 2,
  });
  assertEquals(faults, []);
});
