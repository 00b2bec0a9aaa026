import * as z from "zod/mini";

/** What tells a folder from another that comes to its place; `null` where the file system does not tell. */
export const FolderMark = z.object({
  ino: z.nullable(z.number()),
  /** When it was made. */
  born: z.nullable(z.iso.datetime({ offset: true })),
});

export type FolderMark = z.infer<typeof FolderMark>;

/** Marks the folder at a path. Throws if it is not there. */
export async function markFolder(path: string): Promise<FolderMark> {
  const { ino, birthtime } = await Deno.stat(path);
  // Where a file system does not keep it, some tell the beginning of time.
  const born = birthtime?.getTime() ? birthtime.toISOString() : null;
  return { ino, born };
}

/**
 * Whether two marks are of one folder. Its number alone does not tell, for it
 * goes to the next folder when one is removed. Where nobody tells when a folder
 * was made, as on file systems of networks, its number may be another at each
 * look, so that all are taken for the same.
 */
export function isSameFolder(before: FolderMark, now: FolderMark): boolean {
  if (before.born === null || now.born === null) return true;
  return before.born === now.born && before.ino === now.ino;
}
