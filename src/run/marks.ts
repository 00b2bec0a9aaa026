import { join } from "@std/path";
import { entriesIn } from "../files/entries_in.ts";
import { writeNewFile } from "../files/make_new.ts";
import { unlessGone } from "../files/unless_gone.ts";
import { isRunId, type RunId } from "./id.ts";

/**
 * Marks a run in a folder, with an empty file of its name, so that simultaneous
 * marks cannot undo one another. The folder is created if it is missing. Returns
 * whether the run was not marked before; of several that mark it together, one
 * gets `true`.
 */
export async function makeMark(folder: string, id: RunId): Promise<boolean> {
  const write = () => writeNewFile(join(folder, id), "");
  return await write().catch(async (error) => {
    unlessGone(error);
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    return await write();
  });
}

/** The runs that are marked in a folder, in no particular order. */
export async function markedIds(folder: string): Promise<RunId[]> {
  return (await entriesIn(folder)).map(({ name }) => name).filter(isRunId);
}
