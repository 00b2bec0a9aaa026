/** A call of agentctl. */
export interface EverydayCall {
  args: string[];
  stdin?: string;
  /** Something of what it prints where there are no runs. */
  prints: string;
}

/** What is called all the time, by people and by Claude Code. */
export const EVERYDAY_CALLS: readonly EverydayCall[] = [
  { args: ["--version"], prints: "agentctl " },
  { args: ["list", "--json"], prints: "[]" },
  {
    args: ["_hook", "pre-tool-use"],
    stdin: JSON.stringify({
      session_id: "s",
      transcript_path: "/nowhere",
      cwd: "/nowhere",
      permission_mode: "default",
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_input: { command: "agentctl list" },
    }),
    prints: "permissionDecision",
  },
];
