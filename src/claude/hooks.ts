/** The settings of hooks, by the event of Claude Code. */
export type Hooks = Record<string, HookGroup[]>;

interface HookGroup {
  matcher?: string;
  hooks: Record<string, unknown>[];
}

const TIMEOUT_S = 10;

/**
 * A hook of agentctl of which nothing but its silence is meant when it fails:
 * an end with 2 would forbid the call, and so ends an agentctl that does not
 * know the hook yet.
 */
export function silentHook(name: string): Record<string, unknown> {
  return {
    type: "command",
    command: `agentctl _hook ${name} 2>/dev/null || exit 0`,
    timeout: TIMEOUT_S,
  };
}

/** The hooks that acknowledge a result once a tool has brought it to the model; a Bash call whose exit code is not 0 counts as a failure. */
export function resultReadHooks(): Hooks {
  const hook = (when: string) => ({ ...silentHook("result-read"), if: when });
  const bash = {
    matcher: "Bash",
    hooks: [hook("Bash(agentctl wait *)")],
  };
  return {
    PostToolUse: [
      bash,
      { matcher: "Read", hooks: [hook("Read(**/tasks/*.output)")] },
      { matcher: "TaskOutput", hooks: [silentHook("result-read")] },
    ],
    PostToolUseFailure: [bash],
  };
}
