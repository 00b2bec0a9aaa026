import { isRunId, type RunId } from "../run/id.ts";

/** A longer line would be folded by Claude Code into "[Pasted text]". */
const MOST_CHARACTERS = 400;

const BEFORE = "agentctl: runs have ended: ";
const BETWEEN = ", ";
const AFTER = '; read their results with "agentctl inbox"';

/**
 * The line that names runs, as many as fit on one line. It holds no text of a
 * worker, because Claude Code takes it for the user's words.
 */
export function wakeLine(ids: readonly RunId[]): string {
  const words: RunId[] = [];
  let length = BEFORE.length + AFTER.length;
  for (const id of ids) {
    length += id.length + BETWEEN.length;
    if (words.length > 0 && length > MOST_CHARACTERS) break;
    words.push(id);
  }
  return `${BEFORE}${words.join(BETWEEN)}${AFTER}`;
}

/** The runs that such a line names, however it was wrapped; `null` if the text is anything else. */
export function idsOfLine(text: string): RunId[] | null {
  const [before, between, after] = [BEFORE, BETWEEN, AFTER].map(compact);
  const line = compact(text);
  if (!line.startsWith(before ?? "") || !line.endsWith(after ?? "")) {
    return null;
  }
  const middle = line.slice(before?.length, -(after?.length ?? 0));
  const ids = middle.split(between ?? "");
  return ids.every(isRunId) ? ids : null;
}

function compact(text: string): string {
  return text.replaceAll(/\s/g, "");
}
