/** A number of tokens for people: `950`, `1.2k`, `38k`, `1.3M`. */
export function formatTokens(tokens: number): string {
  if (!(tokens >= 1)) return "0";
  if (tokens < 1000) return String(Math.floor(tokens));
  if (tokens < 999_500) return scaled(tokens / 1000) + "k";
  return scaled(tokens / 1_000_000) + "M";
}

function scaled(value: number): string {
  return value < 9.95
    ? value.toFixed(1).replace(/\.0$/, "")
    : String(Math.round(value));
}

/** The first line of a prompt or message, without the marks of a heading. */
export function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0]?.replace(/^#+\s*/, "") ?? "";
}

/** `1 line`, `2 lines`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
