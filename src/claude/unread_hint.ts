import { isRunId, type RunId } from "../run/id.ts";

/**
 * Whether the output of this call may lie unread: the Bash tool of Claude Code
 * lets commands print into a file, of which the model is told the name at
 * best. Nothing tells a call in the foreground from one in the background, and
 * the first may become the second (Claude Code 2.1.197).
 */
export function mayStayUnread(
  env: Record<string, string>,
  isTerminal: boolean,
): boolean {
  // A terminal: a shell of the person's, in a tmux server that Claude Code has started.
  return Boolean(env["CLAUDECODE"]) && !isTerminal;
}

/** What a wait says to Claude Code at its end; {@linkcode hintedRuns} knows by it what was read. */
export function unreadHint(ids: readonly RunId[]): string {
  const words = ids.join(" ");
  return `In the inbox until it is read: ${words}; "agentctl show" or "agentctl ack ${words}" takes it off`;
}

/** The runs that the hints in a text name. In JSON a worker's words never make a line of their own. */
export function hintedRuns(text: string): RunId[] {
  return [...text.matchAll(/^In the inbox until it is read: ([^;\n]+);/gm)]
    .flatMap(([, words = ""]) => words.split(" ").filter(isRunId));
}
