import { join } from "@std/path";
import { environmentError } from "../system/errors.ts";
import { readApproval } from "./approvals.ts";
import {
  type Config,
  configKeys,
  DEFAULT_CONFIG,
  ownKeys,
  parseConfig,
  withoutApproval,
} from "./config.ts";
import { isHomeWorkspace } from "./ownership.ts";
import {
  ignoredLine,
  isOwnWord,
  readSource,
  type SourceFile,
  textOf,
  trustCall,
} from "./source_file.ts";
import { ignore } from "../system/ignore.ts";

/** The settings of a workspace, as far as they count. */
export interface Settings {
  config: Config;
  /** What does not count, and what to do about it; a line for each file. */
  remarks: string[];
}

/** The names of the settings file; an earlier tool used the second. */
export const CONFIG_NAMES = ["config.jsonc", "config.json"] as const;

/** The settings file of a workspace; `null` if it has none. */
export async function readConfigSource(
  root: string,
  env: Record<string, string>,
): Promise<SourceFile | null> {
  for (const name of CONFIG_NAMES) {
    const file = await readSource(root, name, env);
    if (file !== null) return file;
  }
  return null;
}

/**
 * The settings of a workspace: its own if the user has approved them, and
 * otherwise as far as they cannot act (`WITHOUT_APPROVAL`).
 *
 * Throws an `environment` error that names the file and the key if a file that
 * counts cannot be read, or one of its keys or values is wrong. A file that does
 * not count never makes it fail.
 */
export async function readSettings(
  root: string,
  env: Record<string, string>,
): Promise<Settings> {
  const file = await readConfigSource(root, env);
  const isHome = await isHomeWorkspace(root, env);
  if (file !== null && "refused" in file && isHome) {
    throw environmentError(
      `Cannot read "${file.path}": ${file.refused}; put a plain file of your own there`,
    );
  }
  if (file !== null && "bytes" in file && isOwnWord(file.approved)) {
    return { config: parseConfig(textOf(file), file.path), remarks: [] };
  }
  const { config, remarks } = file === null
    ? { config: DEFAULT_CONFIG, remarks: [] }
    : readUnapproved(root, file);
  if (isHome || remarks.length > 0) return { config, remarks };
  return { config, remarks: await remarkOnLoss(root, env, file, config) };
}

/** The settings of a file that nobody has approved, as far as they count. Never throws. */
function readUnapproved(root: string, file: SourceFile): Settings {
  const ignored = (why: string) => ({
    config: DEFAULT_CONFIG,
    remarks: [`Ignored "${file.path}": ${why}`],
  });
  if ("refused" in file) return ignored(file.refused);
  let stated: Config;
  try {
    stated = parseConfig(textOf(file), file.path);
  } catch (error) {
    ignore(
      error,
      "settings that nobody approved are ignored, which a remark says",
    );
    return ignored(
      `not approved, and not valid; "${trustCall(root)}" says why`,
    );
  }
  const { config, ignored: keys } = withoutApproval(stated);
  return {
    config,
    remarks: keys.length === 0
      ? []
      : [ignoredLine(root, keys.join(", "), file)],
  };
}

/** Reports that approved settings have been removed: a worker may have done this to be less confined. */
async function remarkOnLoss(
  root: string,
  env: Record<string, string>,
  file: SourceFile | null,
  config: Config,
): Promise<string[]> {
  const present = ownKeys(config);
  const untrust = `"${trustCall(root)} --untrust"`;
  for (const name of CONFIG_NAMES) {
    const path = join(root, name);
    const approval = await readApproval(env, path);
    const lost = configKeys().filter((key) =>
      approval?.keys.includes(key) && !present.includes(key)
    );
    if (lost.length === 0) continue;
    return [
      `Gone from "${path}" since you approved it: ${lost.join(", ")}; ${
        file === null
          ? `restore it, or run ${untrust}`
          : `look at it and run "${trustCall(root)}", or ${untrust}`
      }`,
    ];
  }
  return [];
}
