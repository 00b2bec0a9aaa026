import { commandFirst } from "../terminal/command_words.ts";
import type { Command } from "./command.ts";

/** A command and its name; its module is loaded when it is called. */
export interface CommandEntry {
  name: string;
  /** Whether the help leaves it out. */
  hidden: boolean;
  load(): Promise<Command>;
}

/** The file of each command, in the order in which users meet them. */
const FILES: Record<string, () => Promise<{ default: Command }>> = {
  orch: () => import("./orch.ts"),
  start: () => import("./start.ts"),
  wait: () => import("./wait.ts"),
  show: () => import("./show.ts"),
  list: () => import("./list.ts"),
  stats: () => import("./stats.ts"),
  inbox: () => import("./inbox.ts"),
  ack: () => import("./ack.ts"),
  resume: () => import("./resume.ts"),
  rerun: () => import("./rerun.ts"),
  send: () => import("./send.ts"),
  answer: () => import("./answer.ts"),
  stop: () => import("./stop.ts"),
  diff: () => import("./diff.ts"),
  merge: () => import("./merge.ts"),
  discard: () => import("./discard.ts"),
  chain: () => import("./chain.ts"),
  release: () => import("./release.ts"),
  pause: () => import("./pause.ts"),
  unpause: () => import("./unpause.ts"),
  clean: () => import("./clean.ts"),
  tail: () => import("./tail.ts"),
  init: () => import("./init.ts"),
  trust: () => import("./trust.ts"),
  "add-project": () => import("./add_project.ts"),
  projects: () => import("./projects.ts"),
  "remove-project": () => import("./remove_project.ts"),
  prompt: () => import("./prompt.ts"),
  doctor: () => import("./doctor.ts"),
  mcp: () => import("./mcp.ts"),
  claude: () => import("./claude.ts"),
  demo: () => import("./demo.ts"),
  _orch: () => import("./orch_pane.ts"),
  _hook: () => import("./hook.ts"),
  _supervise: () => import("./supervise.ts"),
  _wake: () => import("./wake.ts"),
  _status_line: () => import("./status_line.ts"),
  _monitor: () => import("./monitor.ts"),
  _stand_in: () => import("./stand_in.ts"),
};

/** All commands. */
export const COMMANDS: readonly CommandEntry[] = Object.entries(FILES).map(
  ([name, load]) => ({
    name,
    hidden: name.startsWith("_"),
    load: async () => (await load()).default,
  }),
);

/**
 * The words of a call with its command in front. Behind options, only what users call
 * is found: the hook for Claude Code must find the same, and knows nothing else.
 */
export function orderWords(argv: readonly string[]): readonly string[] {
  const isOf = (entry: CommandEntry, name: string) => entry.name === name;
  if (COMMANDS.some((entry) => isOf(entry, argv[0] ?? ""))) return argv;
  return commandFirst(
    argv,
    (name) =>
      name === "help" ||
      COMMANDS.some((entry) => !entry.hidden && isOf(entry, name)),
  );
}
