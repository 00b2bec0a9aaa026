import { dirname, isAbsolute, join } from "@std/path";
import { codexHome, profileFile, readKeys } from "./profiles.ts";
import type { TomlKey, TomlValue } from "./toml_keys.ts";
import { insteadOfAbsent } from "../system/ignore.ts";

/** What the user's Codex configuration says about a sandbox that may write. */
export interface Grants {
  /** The absolute paths of further writable folders, besides the run's own. */
  writable_roots: string[];
  network: boolean;
  /** Whether `/tmp` may be written. */
  slash_tmp: boolean;
  /** Whether the folder of `TMPDIR` may be written. */
  tmpdir: boolean;
  /** What the user tells every worker; `null` if nothing. */
  instructions: string | null;
}

const TABLE = "sandbox_workspace_write";

/**
 * Reads what `config.toml` and, overriding it, a profile say about the sandbox. A file
 * that cannot be read grants nothing: Codex itself refuses to start with it.
 */
export async function readGrants(
  env: Record<string, string>,
  profile: string | null,
): Promise<Grants> {
  const layers = await readLayers(env, profile);
  const look = (...name: string[]) => lookUp(layers, name);
  const roots = look(TABLE, "writable_roots");
  const instructions = look("developer_instructions")?.value;
  return {
    writable_roots: Array.isArray(roots?.value)
      ? roots.value.map((path) => absolute(path, roots.file, env))
      : [],
    network: look(TABLE, "network_access")?.value === true,
    slash_tmp: look(TABLE, "exclude_slash_tmp")?.value !== true,
    tmpdir: look(TABLE, "exclude_tmpdir_env_var")?.value !== true,
    instructions: typeof instructions === "string" ? instructions : null,
  };
}

/** A table in a file, and the keys of the file. */
export interface Layer {
  file: string;
  table: string[];
  keys: TomlKey[];
}

/** The tables that apply to a profile, the strongest first. */
export async function readLayers(
  env: Record<string, string>,
  profile: string | null,
): Promise<Layer[]> {
  const home = codexHome(env);
  const config = join(home, "config.toml");
  // Before Codex 0.134 a profile was a table of config.toml.
  const layers: [file: string, tables: string[][]][] = profile === null
    ? [[config, [[]]]]
    : [
      [profileFile(env, profile), [[]]],
      [config, [["profiles", profile], []]],
    ];
  const keys = await Promise.all(
    layers.map(async ([file, tables]) => {
      const found = await readKeys(file).catch(
        insteadOfAbsent(null, "settings that cannot be read grant nothing"),
      );
      return tables.map((table) => ({
        file,
        table,
        keys: Array.isArray(found) ? found : [],
      }));
    }),
  );
  return keys.flat();
}

/** The value of a key in the strongest layer that has it. */
export function lookUp(
  layers: readonly Layer[],
  name: string[],
): { file: string; value: TomlValue } | undefined {
  for (const { file, table, keys } of layers) {
    const path = [...table, ...name].join("\n");
    const value = keys.find((key) => key.path.join("\n") === path)?.value;
    if (value !== undefined) return { file, value };
  }
  return undefined;
}

/** Resolves a path as Codex does in its configuration: `~` is the home folder, and relative paths start at the file's folder. */
function absolute(
  path: string,
  file: string,
  env: Record<string, string>,
): string {
  if (path === "~" || path.startsWith("~/")) {
    return join(env["HOME"] ?? "/", path.slice(1));
  }
  return isAbsolute(path) ? path : join(dirname(file), path);
}
