import {
  bashHook,
  resultReadHooks,
  silentHook,
  wakingHook,
} from "../hooks/hooks.ts";
import { ORCH_TOOL_PREFIX } from "../hooks/pre_tool_use.ts";

export interface SettingsOptions {
  /** Whether Claude Code calls agentctl through MCP too. */
  mcp: boolean;
  /** Whether the installed plugin already provides the hooks. */
  hooksInstalled: boolean;
  /** The command line of agentctl. */
  program: readonly string[];
}

/**
 * The settings of the orchestrator's Claude Code, merged with the user's
 * own: plain calls of agentctl that give no more than the session has pass
 * without a question, and all others ask. Claude Code's rules see only how a
 * command begins, or a tool's name, so the hook, which reads the whole call,
 * decides alone.
 */
export function orchestratorSettings(options: SettingsOptions): object {
  const { mcp, hooksInstalled, program } = options;
  const toolHook = {
    matcher: `${ORCH_TOOL_PREFIX}.*`,
    hooks: [silentHook(program, "pre-tool-use")],
  };
  const { PostToolUse = [], ...others } = resultReadHooks(program);
  return {
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
