import { environmentError } from "../system/errors.ts";
import {
  type Config,
  DEFAULT_CONFIG,
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

/** The settings of a workspace as far as they count. */
export interface Settings {
  config: Config;
  /** What does not count, and what to do about it; a line for each file. */
  remarks: string[];
}

/** The names of the file of settings; the second is the earlier tool's. */
export const CONFIG_NAMES = ["config.jsonc", "config.json"] as const;

/** The file of settings of a workspace; `null` if it has none. */
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
 * The settings of a workspace: its own where the user has approved them, else
 * as far as they cannot act (`WITHOUT_APPROVAL`).
 *
 * Throws an `environment` error that names the file and the key if one that
 * counts cannot be read, or a key or value of it is wrong. A file that does not
 * count never makes it fail.
 */
export async function readSettings(
  root: string,
  env: Record<string, string>,
): Promise<Settings> {
  const file = await readConfigSource(root, env);
  if (file === null) return { config: DEFAULT_CONFIG, remarks: [] };
  if ("refused" in file) {
    if (await isHomeWorkspace(root, env)) {
      throw environmentError(
        `Cannot read "${file.path}": ${file.refused}; put a plain file of your own there`,
      );
    }
    return {
      config: DEFAULT_CONFIG,
      remarks: [`Ignored "${file.path}": ${file.refused}`],
    };
  }
  let stated: Config;
  try {
    stated = parseConfig(textOf(file), file.path);
  } catch (error) {
    if (isOwnWord(file.approved)) throw error;
    return {
      config: DEFAULT_CONFIG,
      remarks: [
        `Ignored "${file.path}": not approved, and not valid; "${
          trustCall(root)
        }" says why`,
      ],
    };
  }
  if (isOwnWord(file.approved)) return { config: stated, remarks: [] };
  const { config, ignored } = withoutApproval(stated);
  return {
    config,
    remarks: ignored.length === 0
      ? []
      : [ignoredLine(root, ignored.join(", "), file)],
  };
}
