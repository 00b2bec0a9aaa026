import { join } from "@std/path";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { entriesIn } from "../files/entries_in.ts";
import { environmentError, messageOf, usageError } from "../system/errors.ts";
import { PLAIN_WORD } from "../text/plain_word.ts";
import type { CodexCapabilities } from "./capability_cache.ts";
import { type TomlKey, tomlKeys } from "./toml_keys.ts";

/** What the name of a profile refers to. */
export type ProfileState =
  | { state: "found"; file: string; settings: ProfileSettings }
  | { state: "missing"; available: string[] }
  /** Codex would refuse it, or everything, for this reason. */
  | { state: "broken"; reason: string };

/** Settings of a profile that a run's own options have to respect. */
export interface ProfileSettings {
  model?: string;
  sandbox_mode?: string;
}

type Profiles = Pick<CodexCapabilities, "profiles">;

const SUFFIX = ".config.toml";

/** The folder of Codex's configuration. Throws an `environment` error if neither CODEX_HOME nor HOME is set. */
export function codexHome(env: Record<string, string>): string {
  if (env["CODEX_HOME"]) return env["CODEX_HOME"];
  if (env["HOME"]) return join(env["HOME"], ".codex");
  throw environmentError(
    "Cannot find the folder of Codex: set HOME or CODEX_HOME",
  );
}

/**
 * Throws a `usage` error unless the name is a plain word, as Codex itself requires:
 * letters, digits, `_` and `-`.
 */
export function checkProfileName(name: string): void {
  if (PLAIN_WORD.test(name)) return;
  const shown = JSON.stringify(
    name.length > 64 ? `${name.slice(0, 64)}…` : name,
  );
  throw usageError(
    `Cannot use profile ${shown}: a name is a plain word of at most 64 letters, digits, "_" and "-"`,
  );
}

/**
 * Looks for a profile before Codex does, because Codex silently ignores a missing one
 * and uses its defaults. Throws a `usage` error if the name is not a plain word.
 */
export async function findProfile(
  env: Record<string, string>,
  name: string,
  capabilities: Profiles,
): Promise<ProfileState> {
  checkProfileName(name);
  const home = codexHome(env);
  const config = join(home, "config.toml");
  const keys = await readKeys(config);
  if (typeof keys === "string") return { state: "broken", reason: keys };
  const tables = tableNames(keys);
  if (capabilities.profiles === "none") {
    return { state: "missing", available: [] };
  }
  if (capabilities.profiles === "tables") {
    return tables.includes(name)
      ? {
        state: "found",
        file: config,
        settings: settingsOf(keys, ["profiles", name]),
      }
      : { state: "missing", available: tables };
  }
  const refusal = legacyRefusal(keys, name, config);
  if (refusal !== null) return { state: "broken", reason: refusal };
  const file = profileFile(env, name);
  const own = await readKeys(file);
  if (own === null) {
    return { state: "missing", available: await fileNames(home) };
  }
  return typeof own === "string"
    ? { state: "broken", reason: own }
    : { state: "found", file, settings: settingsOf(own, []) };
}

/** The file of a profile, where each has one. */
export function profileFile(env: Record<string, string>, name: string): string {
  return join(codexHome(env), name + SUFFIX);
}

/** The settings directly below `table`. */
function settingsOf(keys: TomlKey[] | null, table: string[]): ProfileSettings {
  const value = (name: string) => {
    const path = [...table, name].join("\n");
    const found = keys?.find((key) => key.path.join("\n") === path)?.value;
    return typeof found === "string" ? found : undefined;
  };
  return { model: value("model"), sandbox_mode: value("sandbox_mode") };
}

/** The names of all profiles that a Codex with these capabilities accepts, sorted. */
export async function listProfiles(
  env: Record<string, string>,
  capabilities: Profiles,
): Promise<string[]> {
  const home = codexHome(env);
  if (capabilities.profiles === "none") return [];
  if (capabilities.profiles === "files") return await fileNames(home);
  const keys = await readKeys(join(home, "config.toml"));
  return typeof keys === "string" ? [] : tableNames(keys);
}

/** Why Codex refuses to run at all because of its `config.toml`; `null` if it does not. */
export async function configTrouble(
  env: Record<string, string>,
  capabilities: Profiles,
): Promise<string | null> {
  const config = join(codexHome(env), "config.toml");
  const keys = await readKeys(config);
  if (typeof keys === "string") return keys;
  return capabilities.profiles === "files"
    ? selectorTrouble(keys, config)
    : null;
}

/** Why today's Codex refuses the profile because of what an older one left in `config.toml`; `null` if it does not. */
function legacyRefusal(
  keys: TomlKey[] | null,
  name: string,
  config: string,
): string | null {
  const selector = selectorTrouble(keys, config);
  if (selector !== null) return selector;
  if (!tableNames(keys).includes(name)) return null;
  return `"${config}" has a [profiles.${name}] table, with which today's Codex refuses the profile; move its settings into "${name}${SUFFIX}" beside it and remove the table`;
}

/** `profile = "x"` chose a table in older versions; today's Codex refuses everything with it. */
function selectorTrouble(
  keys: TomlKey[] | null,
  config: string,
): string | null {
  const selector = keys?.find((key) =>
    key.path.length === 1 && key.path[0] === "profile"
  );
  if (!selector) return null;
  return `"${config}" sets profile = ${
    JSON.stringify(selector.value ?? "")
  }, with which today's Codex refuses everything; remove that line`;
}

function tableNames(keys: TomlKey[] | null): string[] {
  const names = (keys ?? []).flatMap(({ path: [first, name] }) =>
    first === "profiles" && name !== undefined ? [name] : []
  );
  return [...new Set(names)].sort();
}

async function fileNames(home: string): Promise<string[]> {
  return (await entriesIn(home))
    .filter(({ name }) => name.endsWith(SUFFIX))
    .map(({ name }) => name.slice(0, -SUFFIX.length))
    .filter((name) => /^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(name))
    .sort();
}

/** The keys of a TOML file, `null` if there is none, or why it cannot be read. */
export async function readKeys(
  path: string,
): Promise<TomlKey[] | null | string> {
  try {
    return tomlKeys(
      await readTextBounded(path, {
        maxBytes: MAX_BYTES.settings,
        followLink: true,
      }),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    const why = error instanceof SyntaxError ? error.message : messageOf(error);
    return `"${path}" cannot be read: ${why}`;
  }
}
