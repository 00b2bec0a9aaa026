import { shellCommand } from "../../system/shell.ts";

/** The hook settings, by Claude Code event. */
export type Hooks = Record<string, HookGroup[]>;

interface HookGroup {
  matcher?: string;
  hooks: Record<string, unknown>[];
}

/**
 * The command line that runs agentctl in hooks and as an MCP server: by its
 * absolute path, because a worker may be able to write to a folder on PATH.
 */
export type Program = readonly string[];

/** In seconds. A hook that is given up is silent, which in auto mode leaves the call to a classifier. */
const TIMEOUT_S = 60;

/** The command of a hook. */
export function hookCommand(program: Program, name: string): string {
  return shellCommand([...program, "_hook", name]);
}

/**
 * The registration of the MCP server, as Claude Code expects it; Claude Code asks
 * the user through our hook. With `alwaysLoad` the tools are there at once: newer
 * versions otherwise show their names alone (2.1.197 and 2.1.332 know it).
 */
export function mcpConfig([command = "agentctl", ...args]: Program): object {
  return {
    mcpServers: {
      agentctl: {
        command,
        args: [...args, "mcp", "--client-asks"],
        alwaysLoad: true,
      },
    },
  };
}

/**
 * A hook of agentctl that stays silent when it fails: exit code 2 would forbid the
 * call, and an agentctl that does not know the hook yet ends with it.
 */
export function silentHook(
  program: Program,
  name: string,
): Record<string, unknown> {
  return {
    type: "command",
    command: `${hookCommand(program, name)} 2>/dev/null || exit 0`,
    timeout: TIMEOUT_S,
  };
}

/**
 * The hook that lets a Bash call pass, or asks about it. `if` keeps Claude Code
 * from starting it for calls that do not name agentctl; it matches words
 * without their quotes (2.1.197 and 2.1.332).
 */
export function bashHook(program: Program): Record<string, unknown> {
  return { ...silentHook(program, "pre-tool-use"), if: "Bash(*agentctl*)" };
}

/** How long a hook may run, in seconds. */
const LONGEST_WAIT_S = 86_400;

/**
 * The hook that wakes Claude when a run has ended that a Bash call started, if no
 * monitor does. It must be listed only once.
 */
export function wakingHook(program: Program): Record<string, unknown> {
  return {
    type: "command",
    command: hookCommand(program, "post-tool-use"),
    if: "Bash(*agentctl*)",
    asyncRewake: true,
    timeout: LONGEST_WAIT_S,
  };
}

/** The hooks that acknowledge a result once a tool has brought it to the model; a Bash call whose exit code is not 0 counts as a failure. */
export function resultReadHooks(program: Program): Hooks {
  const read = silentHook(program, "result-read");
  const hook = (when: string) => ({ ...read, if: when });
  const bash = {
    matcher: "Bash",
    hooks: [hook("Bash(*agentctl*wait*)")],
  };
  return {
    PostToolUse: [
      bash,
      { matcher: "Read", hooks: [hook("Read(**/tasks/*.output)")] },
      { matcher: "TaskOutput", hooks: [read] },
    ],
    PostToolUseFailure: [bash],
  };
}
