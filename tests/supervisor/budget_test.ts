import { assertEquals, assertStringIncludes } from "@std/assert";
import { SINGLE_ATTEMPT } from "../../src/run/record.ts";
import { overdraftOf } from "../../src/supervisor/budget.ts";
import { runningRecord } from "../run/sample_record.ts";

function used(input_tokens: number, output_tokens: number) {
  return {
    input_tokens,
    cached_input_tokens: input_tokens,
    output_tokens,
    reasoning_output_tokens: output_tokens,
  };
}

Deno.test("overdraftOf() ends a run when what it read and wrote reaches its budget", () => {
  const record = runningRecord({ max_tokens: 1000 });
  assertEquals(overdraftOf({ ...record, usage: null }), null);
  assertEquals(overdraftOf({ ...record, usage: used(900, 99) }), null);
  const end = overdraftOf({ ...record, usage: used(900, 100) });
  assertEquals(
    end?.reason,
    "The budget of 1000 tokens was reached (1000 used)",
  );
  assertEquals([end?.status, end?.failure?.class, end?.failure?.message], [
    "stopped",
    "budget",
    end?.reason,
  ]);
  assertStringIncludes(
    String(end?.failure?.remedy),
    `agentctl resume --parent-run-id ${record.run_id} --max-tokens N`,
  );
});

Deno.test("overdraftOf() counts what earlier attempts of the chain have used", () => {
  const chain = { ...SINGLE_ATTEMPT, max_tokens: 5000, spent_tokens: 4500 };
  const record = runningRecord({ max_tokens: 1000, chain });
  assertEquals(overdraftOf({ ...record, usage: used(400, 0) }), null);
  assertEquals(
    overdraftOf({ ...record, usage: used(450, 70) })?.reason,
    "The chain's budget of 5000 tokens was reached (5020 used)",
  );
  const over = { ...chain, spent_tokens: 5000 };
  assertEquals(
    overdraftOf({ ...record, chain: over, usage: null })?.status,
    "stopped",
  );
});

Deno.test("overdraftOf() lets a run without a budget use what it wants", () => {
  assertEquals(
    overdraftOf(runningRecord({ usage: used(1e12, 1e12) })),
    null,
  );
});
