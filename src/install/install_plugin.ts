import { dirname, join } from "@std/path";
import {
  installPlugin as writePlugin,
  pluginFolder,
  pluginStatus,
  uninstallPlugin,
} from "../claude/plugin/plugin.ts";
import { isFolder } from "../files/exists.ts";
import { findProgram } from "../system/find_program.ts";
import { selfCommand } from "../system/self_command.ts";
import { type Installation, say, tell } from "./installation.ts";
import { addNoted } from "./manifest.ts";

/**
 * Teaches Claude Code to use agentctl, as `agentctl claude install` does. What
 * is already installed is updated; otherwise the user is asked, unless it is
 * `wanted`. Throws an `environment` error if it cannot be written.
 */
export async function installPlugin(
  installation: Installation,
  wanted: boolean,
): Promise<void> {
  const { env, dryRun, manifest } = installation;
  const program = await installedProgram(installation);
  const { state, folder } = await pluginStatus(env, program);
  if (state === "installed" || state === "changed") {
    const words = state === "installed" ? "is up to date" : "has been changed";
    return say(`The plugin for Claude Code in ${folder} ${words}.`);
  }
  if (state === "missing" && !wanted && !await isWanted(installation)) return;
  if (!dryRun) {
    const add = async () => {
      const { left } = await writePlugin(env, { mcp: false, program });
      for (const path of left) say(`Left ${path}: it has been changed.`);
    };
    // We must not remove what the user installed without us.
    if (state !== "missing") await add();
    else await addNoted(manifest, { kind: "plugin", path: folder }, add);
  }
  tell(
    installation,
    "Installed",
    "install",
    `the plugin for Claude Code in ${folder}.`,
  );
}

/** The command line of the program that was installed: the hooks call it by its absolute path. */
async function installedProgram(
  { binDir, manifest }: Installation,
): Promise<readonly string[]> {
  const path = join(binDir, "agentctl");
  const isCompiled = manifest.entries.some((entry) =>
    entry.kind === "file" && entry.path === path &&
    entry.built_from !== undefined
  );
  // A launcher starts this checkout, as this program would.
  return isCompiled ? [await Deno.realPath(path)] : selfCommand().argv;
}

/** Asks the user, or says how to do it if nobody can answer. */
async function isWanted({ env, dryRun }: Installation): Promise<boolean> {
  const claudeHome = dirname(dirname(pluginFolder(env)));
  const hasClaude = findProgram(env, "claude") !== null ||
    await isFolder(claudeHome);
  if (!hasClaude) return false;
  const canAsk = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  if (canAsk && dryRun) {
    say("Would ask whether to install the plugin for Claude Code.");
    return false;
  }
  const answer = canAsk
    ? prompt(
      "Install the plugin that teaches Claude Code to use agentctl? [Y/n]",
    )
    : null;
  if (answer !== null && /^\s*(y|yes)?\s*$/i.test(answer)) return true;
  say(
    'Left Claude Code alone: "agentctl claude install", or --claude here, teaches it to use agentctl.',
  );
  return false;
}

/** Removes the plugin, as `agentctl claude uninstall` does. */
export async function takeBackPlugin(
  installation: Installation,
  folder: string,
): Promise<void> {
  const env = { CLAUDE_CONFIG_DIR: dirname(dirname(folder)) };
  if ((await pluginStatus(env)).state === "missing") {
    return say(`${folder} is already gone.`);
  }
  if (!installation.dryRun) {
    const { left } = await uninstallPlugin(env);
    for (const path of left) say(`Left ${path}: it has been changed.`);
  }
  tell(
    installation,
    "Removed",
    "remove",
    `the plugin for Claude Code from ${folder}.`,
  );
}

/** Reports a plugin that this installer did not add: its hooks call the program. */
export async function tellOfForeignPlugin(
  { env, manifest }: Installation,
): Promise<void> {
  const { state, folder } = await pluginStatus(env);
  if (
    state === "missing" ||
    manifest.entries.some(({ kind, path }) =>
      kind === "plugin" && path === folder
    )
  ) return;
  say(
    `Left ${folder}: "agentctl claude install" made it; remove it too, because its hooks call agentctl.`,
  );
}
