import { lookUp, readLayers } from "./grants.ts";
import type { TomlValue } from "./toml_keys.ts";

/** What the user's Codex configuration says about the variables of commands. */
export interface ShellPolicy {
  inherit: TomlValue | undefined;
  /** Lower-case patterns with `*` and `?`. */
  exclude: string[];
  /** The names of variables that it sets itself. */
  set: string[];
}

const POLICY = "shell_environment_policy";

/** Reads which of its own variables Codex passes on to commands. */
export async function readShellPolicy(
  env: Record<string, string>,
  profile: string | null,
): Promise<ShellPolicy> {
  const layers = await readLayers(env, profile);
  const exclude = lookUp(layers, [POLICY, "exclude"])?.value;
  return {
    inherit: lookUp(layers, [POLICY, "inherit"])?.value,
    exclude: Array.isArray(exclude)
      ? exclude.map((pattern) => pattern.toLowerCase())
      : [],
    set: layers.flatMap(({ table, keys }) =>
      keys.flatMap(({ path }) => {
        const [policy, set, name] = path.slice(table.length);
        return policy === POLICY && set === "set" && name !== undefined
          ? [name]
          : [];
      })
    ),
  };
}

/** Those of the given variables that Codex would pass on to commands if it had them. */
export function passedOn(
  variables: Record<string, string>,
  { inherit, exclude, set }: ShellPolicy,
): Record<string, string> {
  const isExcluded = (name: string) =>
    exclude.some((pattern) => matches(name.toLowerCase(), pattern));
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) =>
      inherit !== "none" && !set.includes(name) && !isExcluded(name) &&
      (inherit !== "core" || CORE.includes(name))
    ),
  );
}

/** Those of our variables that belong to what Codex calls the core. */
const CORE = ["PATH", "SHELL"];

function matches(name: string, pattern: string): boolean {
  const text = pattern.replaceAll(
    /[^\w]/g,
    (sign) => sign === "*" ? ".*" : sign === "?" ? "." : `\\${sign}`,
  );
  return new RegExp(`^${text}$`).test(name);
}
