import type { ToldChanges } from "../run/told.ts";
import { BriefRun } from "./brief_run.ts";

/** An answer has room for so many names of a kind. */
const MOST_NAMES = 20;

const { self_running, hidden_files, left_out, huge } = BriefRun.shape;

/** The keys of an answer that say of a change what a glance at the diff may not show. */
export const told = { self_running, hidden_files, left_out, huge };

/** The same of a change; what is empty is left out. */
export function toldKeys({ huge, ...lists }: ToldChanges) {
  return {
    ...withoutEmpty("self_running", lists),
    ...withoutEmpty("hidden_files", lists),
    ...withoutEmpty("left_out", lists),
    ...huge === null ? {} : { huge },
  };
}

function withoutEmpty<Key extends string>(
  key: Key,
  lists: Record<Key, string[]>,
): { [key in Key]?: string[] } {
  const { [key]: list } = lists;
  if (list.length === 0) return {};
  const more = list.length - MOST_NAMES;
  const names = more <= 1
    ? list
    : [...list.slice(0, MOST_NAMES), `and ${more} more`];
  return { [key]: names } as { [key in Key]: string[] };
}
