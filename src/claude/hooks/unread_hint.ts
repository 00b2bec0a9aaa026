import { isRunId, type RunId } from "../../run/id.ts";

/**
 * Whether the output of this call may stay unread: the Bash tool of Claude Code
 * lets commands print into a file, and tells the model at best its name. A call
 * in the foreground cannot be told from one in the background, and may become
 * one (Claude Code 2.1.197).
 */
export function mayStayUnread(env: Record<string, string>): boolean {
  return Boolean(env["CLAUDECODE"]);
}

/** What a wait tells Claude Code when it ends; {@linkcode hintedRuns} recognises it in what was read. */
export function unreadHint(ids: readonly RunId[]): string {
  return `In the inbox until it is read: ${
    ids.join(" ")
  }; "agentctl show" or "agentctl ack" removes it`;
}

/** The runs that the hints in a text name. In JSON, a worker's text never forms a line of its own. */
export function hintedRuns(text: string): RunId[] {
  return [...text.matchAll(/^In the inbox until it is read: ([^;\n]+);/gm)]
    .flatMap(([, words = ""]) => words.split(" ").filter(isRunId));
}
