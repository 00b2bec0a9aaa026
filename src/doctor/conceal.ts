import { isWithin } from "../system/real_path.ts";
import { makeRedact } from "../run/redact.ts";
import { hideSecrets } from "../run/secrets.ts";
import { oneLine } from "../text/sanitize.ts";

/** Shorter values and words occur in any text. */
const SHORTEST_VALUE = 6;
const SHORTEST_WORD = 4;

/** Variables whose values every report needs: folders, which are shown below `~`. */
const SHOWN = ["HOME", "PWD", "OLDPWD", "_"];

/**
 * Makes a function that conceals the user in a text that others may read:
 * values of the environment become their names, secrets are replaced, and the
 * home folder becomes `~`.
 */
export function makeConceal(
  env: Record<string, string>,
): (text: string) => string {
  const redact = makeRedact(env);
  const values = Object.entries(env)
    .filter(([name, value]) =>
      !SHOWN.includes(name) && value.trim().length >= SHORTEST_VALUE
    )
    // A value that contains another comes first.
    .sort(([, a], [, b]) => b.length - a.length);
  const home = env["HOME"] ?? "";
  return (text) => {
    const named = values.reduce(
      (result, [name, value]) =>
        // A value that contains the home folder would hide all paths.
        isWithin(home, value) ? result : result.replaceAll(value, `[${name}]`),
      hideSecrets(redact(text)),
    );
    return oneLine(home === "" ? named : withTilde(named, home));
  };
}

function withTilde(text: string, home: string): string {
  return text.split(home).reduce((before, after) =>
    // `/home/ann` is not in `/home/anna`.
    /^[\w.-]/.test(after) ? before + home + after : `${before}~${after}`
  );
}

/** Applies it to every text inside a value, and to its keys. */
export function concealAll(
  value: unknown,
  conceal: (text: string) => string,
): unknown {
  if (typeof value === "string") return conceal(value);
  if (Array.isArray(value)) {
    return value.map((item) => concealAll(item, conceal));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      conceal(name),
      concealAll(item, conceal),
    ]),
  );
}

/** Makes a function that replaces every longer word of some texts with `…`: an error may quote a prompt. */
export function makeUnquote(
  texts: readonly string[],
): (text: string) => string {
  const pattern = /[\p{L}\p{N}_]+/gu;
  const words = new Set(
    texts.flatMap((text) => text.toLowerCase().match(pattern) ?? [])
      .filter((word) => word.length >= SHORTEST_WORD),
  );
  return (text) =>
    text.replace(
      pattern,
      (word) => words.has(word.toLowerCase()) ? "…" : word,
    );
}
