import { join } from "@std/path";
import { environmentError, messageOf } from "../system/errors.ts";
import { CONFIG_TEMPLATE } from "./config.ts";
import { ensureWorkspace } from "./root_folder.ts";

/**
 * Makes a workspace: its folder and a commented config. The first run or project
 * creates its state. Existing files are left alone. Returns the names of the
 * files that it made.
 */
export async function initWorkspace(root: string): Promise<string[]> {
  await ensureWorkspace(root);
  const made: string[] = [];
  const files: [string, string][] = [
    [join(root, "config.jsonc"), CONFIG_TEMPLATE],
  ];
  for (const [path, content] of files) {
    try {
      await Deno.writeTextFile(path, content, { createNew: true, mode: 0o600 });
      made.push(path);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) continue;
      throw environmentError(
        `Cannot write "${path}": ${messageOf(error)}`,
        error,
      );
    }
  }
  return made;
}
