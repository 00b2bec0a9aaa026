import type { ToldChanges } from "../run/told.ts";
import { BriefRun } from "./brief_run.ts";

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
  return list.length === 0 ? {} : { [key]: list } as { [key in Key]: string[] };
}
