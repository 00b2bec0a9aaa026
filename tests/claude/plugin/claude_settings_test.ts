import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { readClaudeSettings } from "../../../src/claude/plugin/claude_settings.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";

Deno.test("readClaudeSettings() takes the strongest answer about the sandbox, and any status line", async () => {
  const on = { sandbox: { enabled: true } };
  const off = { sandbox: { enabled: false } };
  const line = { statusLine: { type: "command", command: "date" } };
  const cases: [
    files: Record<string, unknown>,
    sandbox: boolean,
    line: boolean,
  ][] = [
    [{}, false, false],
    [{ "home/settings.json": on }, true, false],
    [
      { "home/settings.json": on, "p/.claude/settings.json": off },
      false,
      false,
    ],
    [
      {
        "p/.claude/settings.json": off,
        "p/.claude/settings.local.json": { ...on, ...line },
      },
      true,
      true,
    ],
    [{ "home/settings.json": { sandbox: {}, model: "x" } }, false, false],
    [{ "home/settings.json": line }, false, true],
    [{ "p/.claude/settings.json": line }, false, true],
    // What Claude Code may read in another way.
    [
      { "home/settings.json": "// mine\n{}", "p/.claude/settings.json": on },
      true,
      true,
    ],
  ];
  for (const [files, hasSandbox, hasStatusLine] of cases) {
    await using folder = await temporaryFolder();
    const dir = folder.path;
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
      await Deno.writeTextFile(
        join(dir, path),
        typeof content === "string" ? content : JSON.stringify(content),
      );
    }
    assertEquals(
      await readClaudeSettings(
        { CLAUDE_CONFIG_DIR: join(dir, "home") },
        join(dir, "p"),
      ),
      { hasSandbox, hasStatusLine },
      JSON.stringify(files),
    );
  }
});
