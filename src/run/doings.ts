import * as z from "zod/mini";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { insteadOfAbsent } from "../system/ignore.ts";
import { once } from "../system/once.ts";
import { writesTo } from "./writes_to.ts";
import { parseJson } from "../text/parse_json.ts";

/** When a command of a worker ran, in milliseconds since 1970. */
export interface CommandTime {
  /** When the worker was last heard of before it: the command may have begun since. */
  since: number;
  /** When its start and its end were heard of; `null` while it runs. */
  from: number;
  to: number | null;
  /** Its text, if it is known. */
  words?: string;
}

/** A file that Codex said it had edited, as git names it, and when that was heard of. */
export interface Edit {
  edited: string;
  at: number;
}

/** What a run says of itself to others in the same folder. */
export interface Doings {
  times: CommandTime[];
  edits: Edit[];
}

/** What is said if there is nobody else. */
export const NOBODY: Doings = { times: [], edits: [] };

const lineSchema = once(() =>
  z.union([
    z.object({
      since: z.number(),
      from: z.number(),
      to: z.nullable(z.number()),
      words: z.optional(z.string()),
    }),
    z.object({ edited: z.string(), at: z.number() }),
  ])
);

/** A line of the file in which a run says that: of a command one as it starts, and one as it ends. */
export function doingLine(doing: CommandTime | Edit): string {
  return `${JSON.stringify(doing)}\n`;
}

/** What another run has said so far; nothing if it has not. */
export async function readDoings(path: string): Promise<Doings> {
  const text = await readTextBounded(path, { maxBytes: MAX_BYTES.record })
    .catch(insteadOfAbsent("", "a run that says nothing had no command"));
  const times = new Map<number, CommandTime>();
  const edits: Edit[] = [];
  for (const line of text.split("\n")) {
    const doing = parseJson(line, lineSchema);
    if (doing === null) continue;
    // The line of its end replaces that of its start.
    if ("from" in doing) times.set(doing.from, doing);
    else edits.push(doing);
  }
  return { times: [...times.values()], edits };
}

/** How coarse the times of files are. */
const COARSE_MS = 10;
/** Events that are read within this time were probably printed together. */
export const TOGETHER_MS = 20;
/** How long before its start is heard of a command may have begun, if its end is not heard of at once, and at most. */
const UNHEARD_MS = 250;
const LONG_UNHEARD_MS = 1_000;

/**
 * Whether a file that was changed at a time was changed by a command of one run. If
 * others that worked in the same folder had commands then as well, it must name the
 * file, and not as one that it only reads.
 */
export function wasChangedBy(
  mine: readonly CommandTime[],
  { times: others, edits }: Doings,
  path: string,
  changed: number,
): boolean {
  const isEdit = edits.some(({ edited, at }) =>
    edited === path && changed >= at - LONG_UNHEARD_MS &&
    changed <= at + COARSE_MS
  );
  if (isEdit) return false;
  const ran = ({ from, to }: CommandTime, earlier: number) =>
    changed >= from - earlier && changed <= (to ?? Infinity);
  const possible = mine.filter((time) => ran(time, unheard(time)));
  return others.some((time) => ran(time, UNHEARD_MS))
    ? possible.some(({ words = "" }) => writesTo(words, path))
    : possible.length > 0;
}

/** How long before its start was heard of a command may have begun. If its end was heard of with it, it was a short one that had ended before. */
function unheard({ since, from, to }: CommandTime): number {
  const most = to !== null && to - from <= TOGETHER_MS
    ? LONG_UNHEARD_MS
    : UNHEARD_MS;
  return Math.min(most, Math.max(COARSE_MS, from - since));
}
