import { assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { makeStage } from "../support/stage.ts";

Deno.test("agentctl claude installs, tells its state and uninstalls", async () => {
  await using stage = await makeStage();
  const folder = join(stage.scratch.home, ".claude", "skills", "agentctl");
  const call = (...args: string[]) => stage.agentctl(["claude", ...args]);
  assertEquals(await call("status"), {
    code: 1,
    stdout: `missing: ${folder}\n`,
    stderr: "",
  });
  const installed = await call("install", "--mcp", "--json");
  assertEquals(installed.code, 0);
  assertEquals(JSON.parse(installed.stdout).changed.length, 6);
  assertEquals(await call("status"), {
    code: 0,
    stdout: `installed: ${folder}, with MCP\n`,
    stderr: "",
  });
  assertStringIncludes((await call("install")).stderr, "Already");

  await Deno.writeTextFile(join(folder, "SKILL.md"), "mine\n");
  const changed = await call("status", "--json");
  assertEquals([changed.code, JSON.parse(changed.stdout).state], [
    1,
    "changed",
  ]);
  assertStringIncludes((await call("status")).stdout, "  SKILL.md: changed\n");
  await Deno.remove(join(folder, "SKILL.md"));

  assertEquals((await call("uninstall")).code, 0);
  assertEquals(await exists(join(stage.scratch.home, ".claude")), false);
  assertStringIncludes((await call("uninstall")).stderr, "Nothing to remove");
});

Deno.test("agentctl claude refuses what it does not know", async () => {
  await using stage = await makeStage();
  const call = (...args: string[]) => stage.agentctl(["claude", ...args]);
  assertEquals((await call()).code, 2);
  assertEquals((await call("install", "twice")).code, 2);
  assertEquals((await call("status", "--mcp")).code, 2);
  const unknown = await call("instal");
  assertEquals(unknown.code, 3);
  assertStringIncludes(unknown.stderr, 'did you mean "install"');
});
