import { join } from "@std/path";
import { codexHome } from "../codex/profiles.ts";
import { type TomlKey, tomlKeys } from "../codex/toml_keys.ts";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { environmentError } from "../system/errors.ts";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { ignore } from "../system/ignore.ts";

/** A profile of an older Codex, taken out of `config.toml`. */
export interface MigratedProfile {
  /** The rest of `config.toml`. */
  config: string;
  /** The profile's own file. */
  profile: string;
}

/**
 * Takes the tables of a profile out of the text of a `config.toml`; `null` if
 * that is not straightforward, that is, unless every key is then in one of the
 * two texts.
 */
export function splitProfile(
  text: string,
  name: string,
): MigratedProfile | null {
  const header = new RegExp(
    `^\\s*\\[\\s*profiles\\.${name}(?:\\.([A-Za-z0-9_.-]+))?\\s*\\]\\s*(#.*)?$`,
  );
  const config: string[] = [];
  const profile: string[] = [];
  let target = config;
  for (const line of text.split("\n")) {
    const match = header.exec(line);
    if (match) {
      target = profile;
      if (match[1] !== undefined) profile.push(`[${match[1]}]`);
      continue;
    }
    if (/^\s*\[/.test(line)) target = config;
    target.push(line);
  }
  const result = {
    config: config.join("\n"),
    profile: profile.join("\n").trim() + "\n",
  };
  return isWhole(text, result, name) ? result : null;
}

/** Whether every key of the old text is in one of the new texts, and none of the profile's keys is left. */
function isWhole(text: string, result: MigratedProfile, name: string): boolean {
  let rest: TomlKey[], own: TomlKey[];
  try {
    rest = tomlKeys(result.config);
    own = tomlKeys(result.profile);
  } catch (error) {
    ignore(
      error,
      "a multi-line string was cut in two, so the table stays where it is",
    );
    return false;
  }
  const moved = own
    .map((key) => ({ ...key, path: ["profiles", name, ...key.path] }));
  const before = describe(tomlKeys(text), name);
  const after = describe([...rest, ...moved], name);
  const isLeft = rest.some(({ path }) =>
    path[0] === "profiles" && path[1] === name
  );
  return before === after && !isLeft && own.length > 0;
}

/** All keys except the profile's own table, which the file replaces. */
function describe(keys: TomlKey[], name: string): string {
  const own = JSON.stringify(["profiles", name]);
  return [
    ...new Set(
      keys.map(({ path, value }) => JSON.stringify([path, value ?? null])),
    ),
  ]
    .filter((key) => key !== `[${own},null]`)
    .sort().join("\n");
}

/**
 * Moves a profile of an older Codex from its table in `config.toml` to a file
 * of its own, as today's Codex requires; the old `config.toml` stays beside
 * it. Throws an `environment` error if the table is not a plain one.
 */
export async function migrateProfile(
  name: string,
  env: Record<string, string>,
): Promise<string> {
  const home = codexHome(env);
  const path = join(home, "config.toml");
  const info = await Deno.lstat(path);
  const text = await readTextBounded(path, {
    maxBytes: MAX_BYTES.settings,
    followLink: true,
  });
  const split = splitProfile(text, name);
  if (split === null || info.isSymlink) {
    throw environmentError(
      `Cannot move profile "${name}" out of "${path}": its table is not a plain one; move it by hand`,
    );
  }
  const file = join(home, `${name}.config.toml`);
  const backup = `${path}.before-agentctl-${name}`;
  await Deno.writeTextFile(backup, text, { createNew: true, mode: 0o600 });
  await Deno.writeTextFile(file, split.profile, {
    createNew: true,
    mode: 0o600,
  });
  await writeFileAtomic(path, split.config, {
    mode: (info.mode ?? 0o600) & 0o777,
  });
  return `Moved profile "${name}" to "${file}"; the old config is kept as "${backup}"`;
}
