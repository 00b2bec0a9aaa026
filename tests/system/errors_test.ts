import { assertEquals } from "@std/assert";
import {
  AgentctlError,
  environmentError,
  EXIT_CODES,
  messageOf,
  notFoundError,
  usageError,
} from "../../src/system/errors.ts";

Deno.test("AgentctlError.exitCode follows the table of docs/results.md", () => {
  assertEquals({ ...EXIT_CODES }, {
    ok: 0,
    goal_not_met: 1,
    usage: 2,
    not_found: 3,
    run_failed: 4,
    environment: 5,
    asks: 6,
    timeout: 124,
    interrupted: 130,
  });
  assertEquals(usageError("x").exitCode, 2);
  assertEquals(notFoundError("x").exitCode, 3);
  assertEquals(new AgentctlError("run_failed", "x").exitCode, 4);
  assertEquals(environmentError("x").exitCode, 5);
  assertEquals(new AgentctlError("timeout", "x").exitCode, 124);
  assertEquals(new AgentctlError("interrupted", "x").exitCode, 130);
});

Deno.test("messageOf() gives one line", () => {
  assertEquals(messageOf(new TypeError("first\nsecond")), "first");
  assertEquals(messageOf("thrown text"), "thrown text");
  assertEquals(messageOf(undefined), "undefined");
});
