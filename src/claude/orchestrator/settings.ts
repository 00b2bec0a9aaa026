import {
  bashHook,
  resultReadHooks,
  silentHook,
  wakingHook,
} from "../hooks/hooks.ts";
import { statusLine } from "../plugin/status_line.ts";
import { ORCH_TOOL_PREFIX } from "../hooks/pre_tool_use.ts";

/**
 * What runs outside the sandbox of Claude Code's Bash tool, if there is one: only
 * waits, which note who waits. Everything that writes goes through MCP, whose
 * servers are outside. A command that contains anything else stays inside
 * (2.1.332), or asks (2.1.197, where one such call takes all of it outside).
 */
const EXCLUDED = ["agentctl wait:*"];

export interface SettingsOptions {
  /** Whether Claude Code calls agentctl through MCP too. */
  mcp: boolean;
  /** Whether the installed plugin already provides the hooks. */
  hooksInstalled: boolean;
  /** The command line of agentctl. */
  program: readonly string[];
  /** The script of the status line; `null` if the user has a status line. */
  statusScript: string | null;
  /** Whether Claude Code's Bash tool has a sandbox. */
  hasSandbox: boolean;
}

/**
 * The settings of the orchestrator's Claude Code, merged with the user's
 * own: plain calls of agentctl that give no more than the session has pass
 * without a question, and all others ask. Claude Code's rules see only how a
 * command begins, or a tool's name, so the hook, which reads the whole call,
 * decides alone.
 */
export function orchestratorSettings(options: SettingsOptions): object {
  const { mcp, hooksInstalled, program, statusScript } = options;
  const toolHook = {
    matcher: `${ORCH_TOOL_PREFIX}.*`,
    hooks: [silentHook(program, "pre-tool-use")],
  };
  const { PostToolUse = [], ...others } = resultReadHooks(program);
  return {
    ...statusScript === null ? {} : { statusLine: statusLine(statusScript) },
    ...options.hasSandbox ? { sandbox: { excludedCommands: EXCLUDED } } : {},
    hooks: {
      PreToolUse: [
        ...mcp ? [toolHook] : [],
        ...hooksInstalled
          ? []
          : [{ matcher: "Bash", hooks: [bashHook(program)] }],
      ],
      ...hooksInstalled ? {} : {
        SessionStart: [{ hooks: [silentHook(program, "session-start")] }],
        PostToolUse: [
          { matcher: "Bash", hooks: [wakingHook(program)] },
          ...PostToolUse,
        ],
        ...others,
      },
    },
  };
}
