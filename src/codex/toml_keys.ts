/** A key of a TOML document with the tables above it, and its value if that is a string, a truth value or a list of strings. */
export interface TomlKey {
  path: string[];
  value?: TomlValue;
  /** The value as it is written, for keys that are not inside another value. */
  source?: string;
  /** Whether it is one of several tables of the same name. */
  repeated?: true;
}

export type TomlValue = string | boolean | string[];

/**
 * Lists all tables and keys of a TOML document. Understands strings, comments and
 * nesting, and looks no further into values: whether they are valid is for Codex to
 * say. Throws a `SyntaxError` that names the line.
 *
 * `@std/toml` does not work here: it refuses a table that comes after a table inside
 * it, which TOML allows and Codex writes.
 */
export function tomlKeys(text: string): TomlKey[] {
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const keys: TomlKey[] = [];
  let position = 0;
  let table: string[] = [];

  const fail = (what: string): never => {
    const line = source.slice(0, position).split("\n").length;
    throw new SyntaxError(`line ${line}: ${what}`);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const match = pattern.exec(source);
    if (match) position += match[0].length;
    return match?.[0];
  };
  const skipSpace = () => take(/[ \t]*/y);
  const skipLines = () => take(/(?:[ \t\n]|#[^\n]*)*/y);
  const expect = (literal: string) => {
    if (!source.startsWith(literal, position)) fail(`expected "${literal}"`);
    position += literal.length;
  };

  const readString = (): string | undefined => {
    const opening = take(/"""|'''|"|'/y);
    if (opening === undefined) return undefined;
    const quote = opening.charAt(0);
    const body = take(
      opening === '"'
        ? /(?:[^"\\\n]|\\.)*/y
        : opening === "'"
        ? /[^'\n]*/y
        : opening === '"""'
        ? /(?:[^"\\]|\\[^]|"(?!""))*/y
        : /(?:[^']|'(?!''))*/y,
    ) ?? "";
    if (!source.startsWith(opening, position)) fail("a string is not closed");
    position += opening.length;
    // Up to two quotes may come directly before the closing three.
    if (opening.length === 3) take(quote === '"' ? /"{0,2}/y : /'{0,2}/y);
    return quote === '"' ? unescape(body) : body;
  };

  const readKey = (): string[] => {
    const path: string[] = [];
    do {
      skipSpace();
      const part = /["']/.test(source.charAt(position))
        ? readString()
        : take(/[A-Za-z0-9_-]+/y);
      path.push(part ?? fail("expected a key"));
      skipSpace();
    } while (take(/\./y));
    return path;
  };

  const readPair = (parent: string[], listed: boolean) => {
    const path = [...parent, ...readKey()];
    expect("=");
    skipSpace();
    const key: TomlKey = { path };
    if (listed) keys.push(key);
    const begin = position;
    const value = readValue(path, listed);
    if (value !== undefined) key.value = value;
    if (parent === table) key.source = source.slice(begin, position);
  };

  /** Skips a value, and returns it if it is of a kind that we need. */
  const readValue = (
    path: string[],
    listed: boolean,
  ): TomlValue | undefined => {
    if (take(/\[/y)) {
      const items: (TomlValue | undefined)[] = [];
      skipLines();
      while (!take(/\]/y)) {
        items.push(readValue(path, false));
        skipLines();
        if (!take(/,/y) && source.charAt(position) !== "]") {
          fail("an array is not closed");
        }
        skipLines();
      }
      return items.every((item) => typeof item === "string")
        ? items
        : undefined;
    }
    if (take(/\{/y)) {
      skipLines();
      while (!take(/\}/y)) {
        readPair(path, listed);
        skipLines();
        if (!take(/,/y) && source.charAt(position) !== "}") {
          fail("an inline table is not closed");
        }
        skipLines();
      }
      return undefined;
    }
    const string = readString();
    if (string !== undefined) return string;
    const bare = take(/[A-Za-z0-9+\-_.:]+(?: \d[\d:.Z+-]*)?/y) ??
      fail("expected a value");
    return bare === "true" ? true : bare === "false" ? false : undefined;
  };

  for (skipLines(); position < source.length; skipLines()) {
    const bracket = take(/\[\[?/y);
    if (bracket) {
      table = readKey();
      expect("]".repeat(bracket.length));
      keys.push({
        path: table,
        ...bracket.length === 2 ? { repeated: true } : {},
      });
    } else {
      readPair(table, true);
    }
    skipSpace();
    take(/#[^\n]*/y);
    if (position < source.length) expect("\n");
  }
  return keys;
}

function unescape(body: string): string {
  return body.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g,
    (all, short?: string, long?: string, letter?: string) => {
      const code = Number.parseInt(short ?? long ?? "", 16);
      if (!Number.isNaN(code)) {
        return code <= 0x10ffff ? String.fromCodePoint(code) : all;
      }
      return { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" }[letter ?? ""] ??
        letter ?? all;
    },
  );
}
