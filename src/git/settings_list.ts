/** One line of git's configuration, and its origin. */
export interface Setting {
  scope: string;
  /** The file that holds it, as an absolute path if git was given one; `null` for the command line and the environment. */
  file: string | null;
  /** `section.Sub Section.name`, with section and name in lower case. */
  key: string;
  /** `null` for a name without a value, which means true. */
  value: string | null;
}

/** Reads what `git config --list --show-scope --show-origin -z` prints. */
export function parseSettings(output: string): Setting[] {
  const fields = output.split("\0");
  const settings: Setting[] = [];
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [scope = "", origin = "", text = ""] = fields.slice(index);
    const end = text.indexOf("\n");
    settings.push({
      scope,
      file: origin.startsWith("file:") ? origin.slice("file:".length) : null,
      key: end < 0 ? text : text.slice(0, end),
      value: end < 0 ? null : text.slice(end + 1),
    });
  }
  return settings;
}

/** The commands of filters, by name, then by use (`clean`, `smudge`, `process`). */
export function filtersOf(
  settings: readonly Setting[],
): Map<string, Record<string, string>> {
  const filters = new Map<string, Record<string, string>>();
  for (const { key, value } of settings) {
    const { section, subsection, name } = splitKey(key);
    if (section !== "filter" || !subsection || !value) continue;
    if (!/^(clean|smudge|process)$/.test(name)) continue;
    filters.set(subsection, { ...filters.get(subsection), [name]: value });
  }
  return filters;
}

/** The settings as a git configuration file. */
export function formatSettings(
  settings: readonly Pick<Setting, "key" | "value">[],
): string {
  return settings.map(({ key, value }) => {
    const { section, subsection, name } = splitKey(key);
    const head = subsection === null
      ? `[${section}]`
      : `[${section} "${subsection.replace(/["\\]/g, "\\$&")}"]`;
    return `${head}\n\t${name}${value === null ? "" : ` = ${quote(value)}`}\n`;
  }).join("");
}

/** The parts of a key; the subsection may contain anything, even dots. */
export function splitKey(
  key: string,
): { section: string; subsection: string | null; name: string } {
  const first = key.indexOf(".");
  const last = key.lastIndexOf(".");
  return {
    section: key.slice(0, first),
    subsection: first === last ? null : key.slice(first + 1, last),
    name: key.slice(last + 1),
  };
}

function quote(value: string): string {
  const escaped = value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n");
  return `"${escaped}"`;
}
