import skill from "../../../prompts/skill.md" with { type: "text" };
import {
  bashHook,
  hookCommand,
  type Hooks,
  mcpConfig,
  type Program,
  resultReadHooks,
  silentHook,
} from "../hooks/hooks.ts";
import { MCP_TOOL_PREFIX } from "../hooks/pre_tool_use.ts";
import { VERSION } from "../../system/version.ts";

/** A file of the plugin: its path in the plugin's folder, and its text. */
export interface PluginFile {
  path: string;
  text: string;
}

/** The file that names the MCP server. */
export const MCP_FILE = ".mcp.json";

/** How long a hook may run, in seconds. */
const LONGEST_WAIT_S = 86_400;

/** The files of the plugin for Claude Code: the skill, the hooks and, on request, the MCP server. */
export function pluginFiles(
  { mcp, program }: { mcp: boolean; program: Program },
): PluginFile[] {
  return [
    { path: "SKILL.md", text: skill },
    { path: ".claude-plugin/plugin.json", text: json(PLUGIN) },
    { path: "hooks/hooks.json", text: json({ hooks: hooks(program) }) },
    ...mcp ? [{ path: MCP_FILE, text: json(mcpConfig(program)) }] : [],
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
 * checks for itself, and the hook that wakes it must be listed only once.
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
      hooks: [{
        type: "command",
        command: hookCommand(program, "post-tool-use"),
        if: "Bash(*agentctl*)",
        asyncRewake: true,
        timeout: LONGEST_WAIT_S,
      }],
    }, ...PostToolUse],
    ...others,
  };
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
