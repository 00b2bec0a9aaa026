/** Commands that change nothing but agentctl's own notes, whatever follows them. */
const HARMLESS = [
  "wait",
  "show",
  "list",
  "inbox",
  "ack",
  "projects",
  "prompt",
  "stop",
];

export interface SettingsOptions {
  /** Claude Code calls agentctl by MCP too. */
  mcp: boolean;
  /** The hooks come with the installed plugin already. */
  hooksInstalled: boolean;
}

/**
 * The settings of the orchestrator's Claude Code, merged with the person's
 * own: calls of agentctl pass without a question, and nothing else does. A
 * rule sees only how a command begins, so `start` and `resume`, which take a
 * text of any kind, pass by the hook, which reads the whole of it.
 */
export function orchestratorSettings(options: SettingsOptions): object {
  const hook = (name: string) => ({
    type: "command",
    command: `agentctl _hook ${name}`,
  });
  return {
    permissions: {
      allow: [
        ...HARMLESS.map((name) => `Bash(agentctl ${name}:*)`),
        ...options.mcp ? ["mcp__agentctl"] : [],
      ],
    },
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
