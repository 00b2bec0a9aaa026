export interface SettingsOptions {
  /** Claude Code calls agentctl by MCP too. */
  mcp: boolean;
  /** The hooks come with the installed plugin already. */
  hooksInstalled: boolean;
}

/**
 * The settings of the orchestrator's Claude Code, merged with the person's
 * own: plain calls of agentctl pass without a question, and nothing else
 * does. A rule of Claude Code sees only how a command begins, so the hook,
 * which reads the whole of it, decides alone.
 */
export function orchestratorSettings(options: SettingsOptions): object {
  const hook = (name: string) => ({
    type: "command",
    // An end with 2 would forbid the call; whatever fails is silent instead.
    command: `agentctl _hook ${name} 2>/dev/null || exit 0`,
  });
  return {
    ...options.mcp ? { permissions: { allow: ["mcp__agentctl"] } } : {},
    ...options.hooksInstalled ? {} : {
      hooks: {
        PreToolUse: [{ matcher: "Bash", hooks: [hook("pre-tool-use")] }],
        SessionStart: [{ hooks: [hook("session-start")] }],
      },
    },
  };
}

/** What `--mcp-config` takes. */
export const MCP_CONFIG = {
  mcpServers: { agentctl: { command: "agentctl", args: ["mcp"] } },
};
