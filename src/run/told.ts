import * as z from "zod/mini";

/** A change that nobody reads through. */
const Huge = z.object({
  /** How many files were changed. */
  files: z.number(),
  /** What they hold now, as far as it was looked. */
  bytes: z.number(),
  /** The largest, first. */
  largest: z.array(z.object({ path: z.string(), bytes: z.number() })),
});

/** What of a change is told by itself, because a look at the diff may not show it. Paths are from the top level; a folder ends with a slash. */
export const ToldChanges = z.object({
  /** What was written or removed, and programs run or obey by themselves. */
  self_running: z._default(z.array(z.string()), []),
  /** What git does not see because of ignore rules of this run. */
  hidden_files: z._default(z.array(z.string()), []),
  huge: z._default(z.nullable(Huge), null),
});

export type ToldChanges = z.infer<typeof ToldChanges>;

export const NOTHING_TOLD: ToldChanges = {
  self_running: [],
  hidden_files: [],
  huge: null,
};

/** What a record tells of its change; nothing for a run that has not ended. */
export function toldOf(record: Partial<ToldChanges>): ToldChanges {
  const { self_running, hidden_files, huge } = { ...NOTHING_TOLD, ...record };
  return { self_running, hidden_files, huge };
}
