import { assertEquals } from "@std/assert";
import { backgroundVariables } from "../../src/claude/orchestrator/mcp_words.ts";
import { LONGEST_SECONDS, waitSecondsOf } from "../../src/mcp/wait_seconds.ts";

Deno.test("waitSecondsOf() lets a wait last where it goes to the background, and keeps it short where its user is not heard", () => {
  let env: Record<string, string> = {};
  const of = (version: string, name = "claude-code") =>
    waitSecondsOf({ name, version }, env);
  assertEquals(
    ["2.1.197", "2.1.211", "1.9.999", "2.0.300", "odd"].map((one) => of(one)),
    [30, 30, 30, 30, 30],
  );
  assertEquals(
    ["2.1.212", "2.1.332", "2.2.0", "3.0.0-beta"].map((one) => of(one)),
    Array(4).fill(LONGEST_SECONDS),
  );
  assertEquals([of("2.1.332", "other"), waitSecondsOf(undefined, env)], [
    ...[600, 600],
  ]);
  env = { CLAUDE_CODE_ENTRYPOINT: "cli" };
  assertEquals(of("2.1.332"), LONGEST_SECONDS);
  env = { CLAUDE_CODE_ENTRYPOINT: "sdk-cli" };
  assertEquals(of("2.1.332"), 600);
  env = { CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS: "0" };
  assertEquals(of("2.1.332"), 30);
});

Deno.test("backgroundVariables() leaves the user's own value alone", () => {
  const name = "CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS";
  assertEquals(backgroundVariables({}), { [name]: "10000" });
  assertEquals(backgroundVariables({ [name]: "0" }), { [name]: "0" });
});
