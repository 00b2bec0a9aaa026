import { ignoreUnlessAbsent, insteadOfAbsent } from "../system/ignore.ts";
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

/** Like {@linkcode entriesIn}, but empty also if the folder cannot be read; `why` says why that does not matter. */
export async function entriesIfReadable(
  folder: string,
  why: string,
): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder))
    .catch(insteadOfAbsent([], why));
}

/** The numbers of the files `1.json`, `2.json` and so on, in their order. */
export function numbersIn(entries: readonly { name: string }[]): number[] {
  const found = entries.map(({ name }) => /^([1-9]\d{0,8})\.json$/.exec(name));
  return found.flatMap((match) => match === null ? [] : [Number(match[1])])
    .sort((a, b) => a - b);
}

/** Whether nothing is in a folder; one that cannot be read counts as used. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  try {
    for await (const _ of Deno.readDir(folder)) return false;
    return true;
  } catch (error) {
    ignoreUnlessAbsent(error, "a folder that cannot be read counts as used");
    return false;
  }
}
