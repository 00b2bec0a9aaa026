/** What a tool of `agentctl mcp` does, in terms of the command that does the same. */
interface ToolRule {
  command: string;
  /** Options of the command that each call of the tool has. */
  always?: readonly string[];
  /** Arguments of the tool, besides `run_id` and `run_ids`, that are arguments of the command. */
  args?: readonly string[];
}

/** Every tool of `agentctl mcp`, in the order in which it offers them. */
export const TOOL_RULES = {
  start: { command: "start" },
  start_batch: { command: "start" },
  wait: { command: "wait" },
  show: { command: "show" },
  list: { command: "list" },
  resume: { command: "resume" },
  send: { command: "send" },
  answer: { command: "answer", args: ["texts"] },
  release: { command: "release" },
  stop: { command: "stop" },
  inbox: { command: "inbox" },
  diff: { command: "diff" },
  // Merging stays the user's.
  merge_preview: { command: "merge", always: ["preview"] },
  chain: { command: "chain" },
  stats: { command: "stats" },
  pause: { command: "pause", args: ["profile"] },
} satisfies Record<string, ToolRule>;

export type ToolName = keyof typeof TOOL_RULES;

export const TOOL_NAMES = Object.keys(TOOL_RULES) as ToolName[];

/** The rule of a tool; `undefined` for an unknown one. */
export function toolRule(name: string): ToolRule | undefined {
  const rules: Record<string, ToolRule> = TOOL_RULES;
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}
