import { join } from "@std/path";
import { entriesIn } from "../files/entries_in.ts";
import { isRunId, type RunId } from "./id.ts";

/**
 * Marks a run in a folder, with an empty file of its name, so that simultaneous
 * marks cannot undo one another. The folder is created if it is missing. Returns
 * whether the run was not marked before; of several that mark it together, one
 * gets `true`.
 */
export async function makeMark(folder: string, id: RunId): Promise<boolean> {
  // An existing file is not written to, and a link is not followed.
  const write = () =>
    Deno.writeTextFile(join(folder, id), "", { createNew: true, mode: 0o600 });
  try {
    await write().catch(async (error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      await write();
    });
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return false;
  }
}

/** The runs that are marked in a folder, in no particular order. */
export async function markedIds(folder: string): Promise<RunId[]> {
  return (await entriesIn(folder)).map(({ name }) => name).filter(isRunId);
}
