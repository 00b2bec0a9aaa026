import { assertEquals } from "@std/assert";
import type { Usage } from "../../src/codex/events.ts";
import { usageSince } from "../../src/codex/usage.ts";

function usage(input: number, output: number): Usage {
  return {
    input_tokens: input,
    cached_input_tokens: 2,
    cache_write_input_tokens: 0,
    output_tokens: output,
    reasoning_output_tokens: 1,
  };
}

Deno.test("usageSince() takes off what the thread had used before", () => {
  assertEquals(usageSince(usage(100, 10), usage(150, 30)), {
    input_tokens: 50,
    cached_input_tokens: 0,
    cache_write_input_tokens: 0,
    output_tokens: 20,
    reasoning_output_tokens: 0,
  });
});

Deno.test("usageSince() takes all of a new thread", () => {
  assertEquals(usageSince(null, usage(100, 10)), usage(100, 10));
});

Deno.test("usageSince() takes all of a count that began again", () => {
  assertEquals(usageSince(usage(100, 10), usage(40, 20)), usage(40, 20));
});

Deno.test("usageSince() bears an earlier count with fewer fields", () => {
  const before = { input_tokens: 60, output_tokens: 10 };
  assertEquals(usageSince(before, usage(100, 10)), {
    ...usage(40, 0),
  });
});
