import { assert, assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { prepareOrchestrator } from "../../../src/claude/orchestrator/prepare.ts";
import { installPlugin } from "../../../src/claude/plugin/plugin.ts";
import { openWorkspace } from "../../../src/workspace/workspace.ts";
import { makeScratch } from "../../support/scratch.ts";

Deno.test("prepareOrchestrator() gives Claude Code what its help names, and all that the plugin would give unless that is installed", async () => {
  await using scratch = await makeScratch();
  const { dir, bin, env } = scratch;
  const asked = join(dir, "asked");
  const claude = join(bin, "claude");
  const answer = (help: string) =>
    Deno.writeTextFile(
      claude,
      `#!/bin/sh\necho "$@" >> '${asked}'\ncat <<'END'\n${help}\nEND\n`,
      { mode: 0o755 },
    );
  const caller = { cwd: dir, env };
  const prepare = async () => {
    const workspace = await openWorkspace(caller, undefined);
    const { args } = await prepareOrchestrator(
      { workspace, caller },
      null,
      { mcp: false, claudeArgs: ["--continue"] },
    );
    const after = (flag: string) => args[args.indexOf(flag) + 1] ?? "";
    const settings = await Deno.readTextFile(after("--settings"));
    return {
      hooks: Object.keys(JSON.parse(settings).hooks),
      wakes: settings.includes('"asyncRewake": true'),
      snapshot: args.includes("--system-prompt-snapshot")
        ? after("--system-prompt-snapshot")
        : null,
      plugin: args.includes("--plugin-dir") ? after("--plugin-dir") : null,
      last: args.at(-1),
    };
  };

  await answer("Usage: claude\n  --settings <file>  see --plugin-directory");
  const own = ["PreToolUse", "SessionStart", "PostToolUse"];
  const old = await prepare();
  assertEquals(old, {
    hooks: [...own, "PostToolUseFailure"],
    ...{ wakes: true, snapshot: null, plugin: null, last: "--continue" },
  });

  await answer(
    "  --plugin-dir <path>  Load it\n  --system-prompt-snapshot <on|off>  Record",
  );
  const today = await prepare();
  assertEquals([today.snapshot, today.last], ["off", "--continue"]);
  const monitors = join(today.plugin ?? "", "monitors", "monitors.json");
  const [{ command }] = JSON.parse(await Deno.readTextFile(monitors));
  assert(command.includes(" _monitor "), command);
  await prepare();
  // Asked once as long as the program is the same.
  assertEquals(await Deno.readTextFile(asked), "--help\n--help\n");

  await installPlugin(env, { mcp: false });
  const installed = await prepare();
  assertEquals(installed, {
    hooks: ["PreToolUse"],
    ...{ wakes: false, snapshot: "off", plugin: null, last: "--continue" },
  });

  await Deno.remove(claude);
  const { snapshot, plugin } = await prepare();
  assertEquals([snapshot, plugin], [null, null]);
  assert(!await exists(claude));
});

Deno.test("prepareOrchestrator() gives Claude Code the tools where its shell is in a sandbox, and lets it hear the user meanwhile", async () => {
  await using scratch = await makeScratch();
  const { dir, home, env } = scratch;
  const caller = { cwd: dir, env };
  const settings = join(home, ".claude", "settings.json");
  await Deno.mkdir(join(home, ".claude"), { recursive: true });
  for (const enabled of [false, true]) {
    await Deno.writeTextFile(
      settings,
      JSON.stringify({ sandbox: { enabled } }),
    );
    const { args, env: variables } = await prepareOrchestrator(
      { workspace: await openWorkspace(caller, undefined), caller },
      null,
      { mcp: false, claudeArgs: [] },
    );
    const wait = variables["CLAUDE_CODE_MCP_AUTO_BACKGROUND_MS"];
    assertEquals(
      [args.includes("--mcp-config"), wait],
      enabled ? [true, "10000"] : [false, undefined],
    );
  }
});
