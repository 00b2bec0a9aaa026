import { unlessGone } from "./unless_gone.ts";

/** What is in a folder, in no particular order; empty if it does not exist. Throws if it cannot be read. */
export async function entriesIn(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    unlessGone(error);
    return [];
  }
}
