import skill from "../../../prompts/skill.md" with { type: "text" };
import {
  bashHook,
  type Hooks,
  mcpConfig,
  type Program,
  resultReadHooks,
  silentHook,
  wakingHook,
} from "../hooks/hooks.ts";
import { monitors } from "../hooks/monitors.ts";
import { MCP_TOOL_PREFIX } from "../hooks/pre_tool_use.ts";
import { STATUS_LINE_FILE, statusLineScript } from "./status_line.ts";
import { VERSION } from "../../system/version.ts";

/** A file of the plugin: its path in the plugin's folder, and its text. */
export interface PluginFile {
  path: string;
  text: string;
}

/** The file that names the MCP server. */
export const MCP_FILE = ".mcp.json";

/** The file of the hooks. */
export const HOOKS_FILE = "hooks/hooks.json";

/** The file of the monitors. */
export const MONITORS_FILE = "monitors/monitors.json";

const PLUGIN_FILE = ".claude-plugin/plugin.json";

/** The files of the plugin for Claude Code: the skill, the hooks, the monitor and, on request, the MCP server. */
export function pluginFiles(
  { mcp, program }: { mcp: boolean; program: Program },
): PluginFile[] {
  return [
    { path: "SKILL.md", text: skill },
    { path: PLUGIN_FILE, text: json(PLUGIN) },
    { path: HOOKS_FILE, text: json({ hooks: hooks(program) }) },
    { path: MONITORS_FILE, text: json(monitors(program)) },
    { path: STATUS_LINE_FILE, text: statusLineScript(program) },
    ...mcp ? [{ path: MCP_FILE, text: json(mcpConfig(program)) }] : [],
  ];
}

/** The files of a plugin with nothing but the monitor, for a single session. */
export function monitorFiles(program: Program): PluginFile[] {
  const plugin = {
    name: "agentctl-monitor",
    version: VERSION,
    description: "Tells Claude Code when runs of agentctl have ended",
  };
  return [
    { path: PLUGIN_FILE, text: json(plugin) },
    { path: MONITORS_FILE, text: json(monitors(program)) },
  ];
}

const PLUGIN = {
  name: "agentctl",
  version: VERSION,
  description:
    "Runs many Codex workers in tmux panes and brings back structured results",
  author: { name: "agentctl contributors" },
  license: "MIT",
  skills: ["./"],
};

/**
 * `if` keeps Claude Code from starting a hook needlessly. Claude Code also
 * starts one for commands that it cannot read (here-documents), so each hook
 * checks for itself.
 */
function hooks(program: Program): Hooks {
  const { PostToolUse = [], ...others } = resultReadHooks(program);
  return {
    PreToolUse: [{
      matcher: "Bash",
      hooks: [bashHook(program)],
    }, {
      matcher: `${MCP_TOOL_PREFIX}.*`,
      hooks: [silentHook(program, "pre-tool-use")],
    }],
    SessionStart: [{ hooks: [silentHook(program, "session-start")] }],
    PostToolUse: [{
      matcher: "Bash",
      hooks: [wakingHook(program)],
    }, ...PostToolUse],
    ...others,
  };
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
