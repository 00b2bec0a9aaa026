import { stripControls } from "../text/sanitize.ts";

const MAX_LENGTH = 500;

/** Keys, which servers tend to repeat. */
const SECRETS = /\b(sk-[\w-]{3}|Bearer )[\w.*~+/=-]{8,}/g;

/**
 * A message for the user and a record: without terminal escapes, control
 * characters, keys, HTML tags or stack traces, with invisible characters shown, and
 * with at most 500 characters.
 */
export function plainWords(text: string): string {
  // Whatever is cut off here would be cut off below as well.
  const plain = stripControls(text.slice(0, 20_000), { keepNewlines: true });
  const words = withoutTags(plain)
    .replaceAll(SECRETS, "$1…")
    .replaceAll(/^ +at (?:async )?\S.*(?:\n|$)/gm, "")
    .replace(/, data: \{.*\}$/, "")
    .replaceAll(/\n{2,}/g, "\n")
    .trim();
  const characters = [...words];
  return characters.length > MAX_LENGTH
    ? characters.slice(0, MAX_LENGTH - 1).join("") + "…"
    : words;
}

/** The text of a web page, each paragraph once, because gateways answer with web pages. */
function withoutTags(text: string): string {
  const start = text.search(/<!doctype html|<html/i);
  if (start < 0) return text;
  const [, page = "", behind = ""] =
    /^(.*?)((?:\.\.\.)?, url: [^<>]*)?$/s.exec(text.slice(start)) ?? [];
  const paragraphs = page
    .replaceAll(/<(script|style)\b.*?(?:<\/\1>|$)/gis, "")
    .split(/<[^>]*(?:>|$)/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return text.slice(0, start) + [...new Set(paragraphs)].join(" ") + behind;
}
