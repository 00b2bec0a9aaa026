import { join } from "@std/path";
import { writeNewFile } from "../files/make_new.ts";
import { cannot } from "../system/errors.ts";

/** The file that hides a workspace from git. */
export const GITIGNORE = ".gitignore";

/** Where a workspace keeps its prompts. */
export function promptsFolder(root: string): string {
  return join(root, "prompts");
}

/** Makes the folder of a workspace if it is missing, and hides it from git. */
export async function ensureWorkspace(root: string): Promise<void> {
  try {
    await Deno.mkdir(root, { recursive: true, mode: 0o700 });
    await writeNewFile(join(root, GITIGNORE), "*\n");
  } catch (error) {
    throw cannot(`write workspace "${root}"`, error);
  }
}
