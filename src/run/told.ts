import * as z from "zod/mini";

/** A change that is too large to read. */
const Huge = z.object({
  /** How many files were changed. */
  files: z.number(),
  /** Their current size, as far as it was checked. */
  bytes: z.number(),
  /** The largest ones, largest first. */
  largest: z.array(z.object({ path: z.string(), bytes: z.number() })),
});

/** What is reported about a change because a glance at the diff may not show it. Paths are from the top level; a folder ends with a slash. */
export const ToldChanges = z.object({
  /** Files that were written or removed, and that programs run or obey on their own. */
  self_running: z._default(z.array(z.string()), []),
  /** Files that git does not see because of this run's ignore rules. */
  hidden_files: z._default(z.array(z.string()), []),
  /** Changed files that are too large or too many for the diff. */
  left_out: z._default(z.array(z.string()), []),
  huge: z._default(z.nullable(Huge), null),
});

export type ToldChanges = z.infer<typeof ToldChanges>;

export const NOTHING_TOLD: ToldChanges = {
  self_running: [],
  hidden_files: [],
  left_out: [],
  huge: null,
};

/** What a record reports about the run's change; nothing for a run that has not ended. */
export function toldOf(record: Partial<ToldChanges>): ToldChanges {
  const { self_running, hidden_files, left_out, huge } = {
    ...NOTHING_TOLD,
    ...record,
  };
  return { self_running, hidden_files, left_out, huge };
}
