import { isSecretName } from "./secrets.ts";

/** Shorter values are words like "true", and hiding them would hide half of every text. */
const MIN_SECRET_LENGTH = 8;

/** Removes secrets from texts. */
export type Redact = (text: string) => string;

/**
 * Makes a function that replaces the values of secret variables with their names:
 * what a worker or Codex says may quote its environment, and records,
 * notifications and errors must not.
 */
export function makeRedact(env: Record<string, string>): Redact {
  const secrets = Object.entries(env)
    .filter(([name, value]) =>
      isSecretName(name) && value.length >= MIN_SECRET_LENGTH
    )
    // A value that contains another comes first.
    .sort(([, a], [, b]) => b.length - a.length);
  return (text) =>
    secrets.reduce(
      (result, [name, value]) => result.replaceAll(value, `[${name}]`),
      text,
    );
}

/** Applies it to every text inside a value. */
export function redactAll<T>(value: T, redact: Redact): T {
  if (typeof value === "string") return redact(value) as T;
  if (Array.isArray(value)) {
    return value.map((item) => redactAll(item, redact)) as T;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map((
        [key, item],
      ) => [key, redactAll(item, redact)]),
    ) as T;
  }
  return value;
}
