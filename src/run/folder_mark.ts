import * as z from "zod/mini";

/** What distinguishes a folder from another that takes its place; `null` if the file system does not say. */
export const FolderMark = z.object({
  ino: z.nullable(z.number()),
  /** When it was created. */
  born: z.nullable(z.iso.datetime({ offset: true })),
});

export type FolderMark = z.infer<typeof FolderMark>;

/** Identifies the folder at a path. Throws if it does not exist. */
export async function markFolder(path: string): Promise<FolderMark> {
  const { ino, birthtime } = await Deno.stat(path);
  // Some file systems that do not store it return the beginning of time.
  const born = birthtime?.getTime() ? birthtime.toISOString() : null;
  return { ino, born };
}

/**
 * Whether two marks belong to the same folder. The inode number alone does not
 * show this, because it is reused when a folder is removed. Where the creation
 * time is unknown, as on network file systems, even the number may change at
 * any time, so all folders count as the same.
 */
export function isSameFolder(before: FolderMark, now: FolderMark): boolean {
  if (before.born === null || now.born === null) return true;
  return before.born === now.born && before.ino === now.ino;
}
