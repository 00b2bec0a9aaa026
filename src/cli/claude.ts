import { didYouMean } from "../text/suggestion.ts";
import {
  installPlugin,
  pluginFolder,
  pluginStatus,
  uninstallPlugin,
} from "../claude/plugin/plugin.ts";
import { EXIT_CODES, notFoundError, usageError } from "../system/errors.ts";
import { flag } from "../terminal/option_spec.ts";
import { command, type CommonCall } from "./command.ts";

const ACTIONS = { install, status, uninstall };

export default command({
  name: "claude",
  summary: "teach every session of Claude Code to use agentctl",
  usage: "claude install|status|uninstall [--mcp]",
  description:
    "install puts a plugin into ~/.claude/skills/agentctl (or below CLAUDE_CONFIG_DIR): a skill,\nand hooks that let harmless calls of agentctl pass, bring unseen results into a new session,\nand wake Claude when a run has ended. It changes nothing else, edits no settings, and leaves\nfiles that you have changed alone. A second install updates the plugin. status prints\ninstalled, outdated, changed or missing, with exit code 0 only for installed. uninstall\nremoves what was installed.",
  action: 'run "claude"',
  args: "<action>",
  argsHint: `give an action, one of ${Object.keys(ACTIONS).join(", ")}`,
  options: {
    mcp: flag(
      "with install: register the MCP server too; it stays until uninstall",
    ),
  },
  examples: ["agentctl claude install", "agentctl claude status --json"],
  inSandbox: true,
  async run(call) {
    const [text] = call.args;
    const names = Object.keys(ACTIONS);
    if (!isAction(text)) {
      throw notFoundError(
        `Cannot run "claude ${text}": there is no such action; ${
          didYouMean(text, names, `give ${names.join(", ")}`)
        }`,
      );
    }
    const { mcp } = call.options;
    if (mcp && text !== "install") {
      throw usageError(`Cannot use --mcp with "${text}": it is for "install"`);
    }
    return await ACTIONS[text](call, mcp);
  },
});

function isAction(text: string): text is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, text);
}

async function install(
  { caller, options, print, say }: CommonCall,
  mcp: boolean,
): Promise<number> {
  const change = await installPlugin(caller.env, { mcp });
  if (options.json) print(JSON.stringify(change));
  const folder = pluginFolder(caller.env);
  for (const path of change.left) {
    say(
      `Left ${path}: it has been changed; to replace it, remove it and install again`,
    );
  }
  if (change.changed.length > 0) {
    say(`Installed in ${folder}; new Claude Code sessions can use agentctl`);
  } else if (change.left.length === 0) {
    say(`Already installed in ${folder}`);
  }
  return EXIT_CODES.ok;
}

async function status({ caller, options, print }: CommonCall): Promise<number> {
  const found = await pluginStatus(caller.env);
  if (options.json) print(JSON.stringify(found, null, 2));
  else {
    print(`${found.state}: ${found.folder}${found.mcp ? ", with MCP" : ""}`);
    for (const { path, state } of found.files) {
      if (state === "installed" || found.state === "missing") continue;
      print(`  ${path}: ${state}`);
    }
  }
  return found.state === "installed" ? EXIT_CODES.ok : EXIT_CODES.goal_not_met;
}

async function uninstall(
  { caller, options, print, say }: CommonCall,
): Promise<number> {
  const change = await uninstallPlugin(caller.env);
  if (options.json) print(JSON.stringify(change));
  const folder = pluginFolder(caller.env);
  for (const path of change.left) say(`Left ${path}: it has been changed`);
  say(
    change.changed.length > 0
      ? `Removed the plugin from ${folder}`
      : `Nothing to remove: agentctl has no plugin in ${folder}`,
  );
  return EXIT_CODES.ok;
}
