import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { exists, walk } from "@std/fs";
import { join, relative } from "@std/path";
import { selfCommand } from "../../../src/system/self_command.ts";
import { VERSION } from "../../../src/system/version.ts";
import {
  installPlugin,
  pluginFolder,
  pluginStatus,
  uninstallPlugin,
} from "../../../src/claude/plugin/plugin.ts";
import { pluginFiles } from "../../../src/claude/plugin/plugin_files.ts";

/** Runs the test with a home of its own, which holds some files of a person. */
async function withHome(
  test: (home: string, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "agentctl-" });
  try {
    await Deno.writeTextFile(join(home, ".profile"), "export A=1\n");
    await test(home, { HOME: home });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Everything in a folder: files with their content and mode, folders, links. */
async function contentOf(folder: string): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for await (const { path, isFile } of walk(folder)) {
    const { mode, isSymlink } = await Deno.lstat(path);
    content[relative(folder, path)] = `${mode} ${
      isSymlink
        ? await Deno.readLink(path)
        : isFile
        ? new Uint8Array(await Deno.readFile(path)).toBase64()
        : "folder"
    }`;
  }
  return content;
}

Deno.test("uninstallPlugin() leaves the home byte for byte as it was before installPlugin()", async () => {
  for (const made of [null, ".claude", ".claude/skills/mine"]) {
    await withHome(async (home, env) => {
      if (made !== null) {
        await Deno.mkdir(join(home, made), { recursive: true });
        await Deno.writeTextFile(join(home, made, "mine.md"), "mine\n");
      }
      const before = await contentOf(home);
      await installPlugin(env, { mcp: true });
      assert(await exists(join(pluginFolder(env), ".mcp.json")));
      const { changed, left } = await uninstallPlugin(env);
      assertEquals(await contentOf(home), before);
      assertEquals([changed.length, left], [7, []]);
      assertEquals((await uninstallPlugin(env)).changed, []);
    });
  }
});

Deno.test("installPlugin() writes a skill, a plugin, its hooks and its monitor, and an MCP server only if told", async () => {
  await withHome(async (_, env) => {
    await installPlugin(env, { mcp: false });
    const folder = pluginFolder(env);
    const skill = await Deno.readTextFile(join(folder, "SKILL.md"));
    assert(skill.startsWith("---\nname: agentctl\ndescription: "));
    const read = async (path: string) =>
      JSON.parse(await Deno.readTextFile(join(folder, path)));
    const plugin = await read(".claude-plugin/plugin.json");
    assertEquals([plugin.name, plugin.version], ["agentctl", VERSION]);
    const { hooks } = await read("hooks/hooks.json");
    assertEquals(Object.keys(hooks), [
      "PreToolUse",
      "SessionStart",
      "PostToolUse",
      "PostToolUseFailure",
    ]);
    const [monitor, ...others] = await read("monitors/monitors.json");
    assertEquals([monitor.name, others], ["ends", []]);
    assertEquals(await exists(join(folder, ".mcp.json")), false);
    assertEquals((await pluginStatus(env)).mcp, false);

    await installPlugin(env, { mcp: true });
    const [command, ...args] = selfCommand().argv;
    assertEquals((await read(".mcp.json")).mcpServers, {
      agentctl: {
        command,
        args: [...args, "mcp", "--client-asks"],
        alwaysLoad: true,
      },
    });
    await installPlugin(env, { mcp: false });
    assertEquals((await pluginStatus(env)).mcp, true);
  });
});

Deno.test("installPlugin() names the program by its absolute path, and pluginStatus() tells when that has moved", async () => {
  await withHome(async (_, env) => {
    const hooks = join(pluginFolder(env), "hooks", "hooks.json");
    const program = ["/opt/it's here/agentctl"];
    await installPlugin(env, { mcp: true, program });
    const commands = [
      ...(await Deno.readTextFile(hooks)).matchAll(/"command": "(.*)"/g),
    ].map(([, command = ""]) => command);
    assert(commands.length > 5);
    for (const command of commands) {
      assert(
        command === "command" ||
          command.startsWith(`'/opt/it'\\\\''s here/agentctl' '_hook' `),
        command,
      );
    }
    assertEquals((await pluginStatus(env, program)).state, "installed");
    const moved = ["/opt/agentctl"];
    assertEquals((await pluginStatus(env, moved)).state, "outdated");
    await installPlugin(env, { mcp: false, program: moved });
    assertEquals((await pluginStatus(env, moved)).state, "installed");
  });
});

Deno.test("installPlugin() writes nothing where everything is right already", async () => {
  await withHome(async (home, env) => {
    await installPlugin(env, { mcp: false });
    const times = async () => {
      const found: Record<string, number | undefined> = {};
      for await (const { path } of walk(home)) {
        found[path] = (await Deno.stat(path)).mtime?.getTime();
      }
      return found;
    };
    const before = await times();
    const again = await installPlugin(env, { mcp: false });
    assertEquals(again, { changed: [], left: [] });
    assertEquals(await times(), before);
  });
});

Deno.test("pluginStatus() tells missing, installed, outdated and changed", async () => {
  await withHome(async (_, env) => {
    const folder = pluginFolder(env);
    const skill = join(folder, "SKILL.md");
    const state = async () => (await pluginStatus(env)).state;
    assertEquals(await state(), "missing");
    await installPlugin(env, { mcp: false });
    assertEquals(await state(), "installed");

    await Deno.remove(skill);
    assertEquals(await state(), "outdated");
    await installPlugin(env, { mcp: false });
    assertEquals(await state(), "installed");

    await Deno.writeTextFile(skill, "mine", { append: true });
    assertEquals(await state(), "changed");
    await uninstallPlugin(env);
    assertEquals(await state(), "missing");
  });
});

/** Makes the installation look like that of an older version, in one file. */
async function makeOlder(folder: string, path: string): Promise<void> {
  const manifest = join(folder, ".agentctl-installed.json");
  const content = JSON.parse(await Deno.readTextFile(manifest));
  const old = new TextEncoder().encode("old\n");
  const digest = await crypto.subtle.digest("SHA-256", old);
  content.files[path] = new Uint8Array(digest).toHex();
  await Deno.writeTextFile(manifest, JSON.stringify(content));
  await Deno.writeFile(join(folder, path), old);
}

Deno.test("installPlugin() brings an older installation up to date and drops files that are no more", async () => {
  await withHome(async (home, env) => {
    const before = await contentOf(home);
    await installPlugin(env, { mcp: false });
    const folder = pluginFolder(env);
    await makeOlder(folder, "SKILL.md");
    await makeOlder(folder, "old.md");
    assertEquals((await pluginStatus(env)).state, "outdated");
    await installPlugin(env, { mcp: false });
    assertEquals((await pluginStatus(env)).state, "installed");
    assertEquals(await exists(join(folder, "old.md")), false);
    const skill = pluginFiles({ mcp: false, program: selfCommand().argv }).find(
      ({ path }) => path === "SKILL.md",
    );
    assertEquals(
      await Deno.readTextFile(join(folder, "SKILL.md")),
      skill?.text,
    );
    await uninstallPlugin(env);
    assertEquals(await contentOf(home), before);
  });
});

Deno.test("installPlugin() and uninstallPlugin() leave what the user has changed or added", async () => {
  await withHome(async (_, env) => {
    await installPlugin(env, { mcp: false });
    const folder = pluginFolder(env);
    const skill = join(folder, "SKILL.md");
    await Deno.writeTextFile(skill, "mine\n");
    await Deno.writeTextFile(join(folder, "notes.md"), "mine too\n");
    assertEquals((await installPlugin(env, { mcp: false })).left, [skill]);
    assertEquals(await Deno.readTextFile(skill), "mine\n");
    assertEquals((await uninstallPlugin(env)).left, [skill]);
    const rest = Object.keys(await contentOf(folder)).filter((path) =>
      path !== ""
    );
    assertEquals(rest.sort(), ["SKILL.md", "notes.md"]);
  });
});

Deno.test("installPlugin() refuses to touch a skill of the same name that is not ours", async () => {
  for (const kind of ["file", "link", "folder"]) {
    await withHome(async (home, env) => {
      const folder = pluginFolder(env);
      const skill = join(folder, "SKILL.md");
      await Deno.mkdir(folder, { recursive: true });
      if (kind === "file") await Deno.writeTextFile(skill, "mine\n");
      if (kind === "link") await Deno.symlink(join(home, ".profile"), skill);
      if (kind === "folder") await Deno.mkdir(skill);
      const before = await contentOf(home);
      const error = await assertRejects(
        () => installPlugin(env, { mcp: false }),
        Error,
        "does not belong to agentctl",
      );
      assertStringIncludes(error.message, skill);
      assertEquals((await pluginStatus(env)).state, "missing");
      assertEquals((await uninstallPlugin(env)).changed, []);
      assertEquals(await contentOf(home), before);
    });
  }
});

Deno.test("pluginFolder() honours CLAUDE_CONFIG_DIR", () => {
  assertEquals(
    pluginFolder({ HOME: "/home/me", CLAUDE_CONFIG_DIR: "/else" }),
    "/else/skills/agentctl",
  );
  assertEquals(
    pluginFolder({ HOME: "/home/me", CLAUDE_CONFIG_DIR: "" }),
    "/home/me/.claude/skills/agentctl",
  );
});
