import { dirname } from "@std/path";
import { isFolder } from "../files/exists.ts";

/** The folder itself, or its nearest parent that exists. */
export async function existingFolder(path: string): Promise<string> {
  for (let folder = path;; folder = dirname(folder)) {
    if (await isFolder(folder) || dirname(folder) === folder) return folder;
  }
}
