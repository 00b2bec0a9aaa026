/** Other names of commands, which other programs have taught. */
export const ALIASES: Readonly<Record<string, string>> = {
  ls: "list",
  ps: "list",
};

/** Words of other programs, and which command is meant. */
const MEANT: readonly [words: string[], answer: string][] = [
  [
    ["kill", "cancel", "abort", "terminate", "end", "quit"],
    'to stop a run, use "agentctl stop ID"',
  ],
  [
    ["rm", "delete", "del", "remove", "prune", "gc", "cleanup"],
    'to remove the worktree of a run, use "agentctl discard ID", and for old runs "agentctl clean --dry-run"',
  ],
  [
    ["run", "new", "create", "spawn", "launch", "exec", "add"],
    'to start a run, use "agentctl start", and for many "--batch"',
  ],
  [
    ["get", "info", "inspect", "describe", "view", "result"],
    'to see a run, use "agentctl show ID"',
  ],
  [
    ["retry", "restart", "again"],
    'to run a task again, use "agentctl rerun ID", and to continue its thread "agentctl resume ID"',
  ],
  [
    ["continue", "cont"],
    'to continue a run, use "agentctl resume ID", and after a pause "agentctl unpause"',
  ],
  [
    ["message", "msg", "tell", "steer", "say"],
    'to send a worker a message, use "agentctl send ID TEXT"',
  ],
  [
    ["approve", "deny", "reply"],
    'to answer a worker, use "agentctl answer ID"',
  ],
  [
    ["log", "logs", "follow", "watch"],
    'to follow runs as they end, use "agentctl tail", and for what one did "agentctl show ID"',
  ],
  [["status", "top", "jobs", "queue"], 'to see what runs, use "agentctl list"'],
  [
    ["check", "diagnose", "health"],
    'to check what agentctl needs, use "agentctl doctor"',
  ],
  [["man", "usage", "?"], 'see "agentctl --help"'],
];

/**
 * Words that other programs have for what is done here by another command, or only
 * by several: they are answered with what is meant, and never run.
 */
export const HABITS: ReadonlyMap<string, string> = new Map(
  MEANT.flatMap(([words, answer]) => words.map((word) => [word, answer])),
);

/** Options of every command that a value follows. */
const COMMON_VALUES = ["--workspace"];

/**
 * The words of a call with its command in front, which options may precede, under its
 * own name if it has others. Returned as they are if no command is where one can be.
 */
export function commandFirst(
  words: readonly string[],
  isCommand: (name: string) => boolean,
): readonly string[] {
  for (const [index, word] of words.entries()) {
    if (word === "--") break;
    if (word.startsWith("-")) continue;
    const before = words[index - 1] ?? "";
    const name = ALIASES[word] ?? word;
    if (isCommand(name) && !COMMON_VALUES.includes(before)) {
      return [name, ...words.slice(0, index), ...words.slice(index + 1)];
    }
    // It may be the value of an option that the command will know.
    if (!before.startsWith("-") || before.includes("=")) break;
  }
  return words;
}
