import { join } from "@std/path";
import { cannot } from "../system/errors.ts";
import { exists } from "../files/exists.ts";
import { writeNewFile } from "../files/make_new.ts";
import { CONFIG_TEMPLATE } from "./config.ts";
import { ensureWorkspace, GITIGNORE } from "./root_folder.ts";
import { CONFIG_NAMES } from "./settings.ts";

/** The paths of the files that a workspace at this place still lacks. */
export async function missingFiles(root: string): Promise<string[]> {
  const has = (name: string) => exists(join(root, name));
  const missing = await has(GITIGNORE) ? [] : [GITIGNORE];
  // An older name counts only as long as the newer one is not there.
  const configs = await Promise.all(CONFIG_NAMES.map(has));
  if (!configs.includes(true)) missing.push(CONFIG_NAMES[0]);
  return missing.map((name) => join(root, name));
}

/**
 * Makes a workspace, or what one that was half made lacks: its folder, hidden
 * from git, and a commented config. The first run or project creates its state.
 * Existing files are left alone. Returns the path of the config if it made it.
 */
export async function initWorkspace(root: string): Promise<string[]> {
  const missing = await missingFiles(root);
  await ensureWorkspace(root);
  const path = join(root, CONFIG_NAMES[0]);
  if (!missing.includes(path)) return [];
  try {
    return await writeNewFile(path, CONFIG_TEMPLATE) ? [path] : [];
  } catch (error) {
    throw cannot(`write "${path}"`, error);
  }
}
