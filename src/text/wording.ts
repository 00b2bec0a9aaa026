/** The first line of a prompt or message, without heading marks. */
export function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0]?.replace(/^#+\s*/, "") ?? "";
}

/** `1 line`, `2 lines`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
