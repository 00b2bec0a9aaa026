import { join } from "@std/path";
import { infoAt } from "../files/exists.ts";
import { codexHome } from "./profiles.ts";

/**
 * A word for the login that Codex has stored, which changes when a login, a logout
 * or another Codex, which renewed it, replaces it.
 */
export async function accountMark(
  env: Record<string, string>,
): Promise<string> {
  const info = await infoAt(join(codexHome(env), "auth.json"));
  return info === null
    ? "none"
    : `${info.ino} ${info.size} ${info.mtime?.getTime()}`;
}
