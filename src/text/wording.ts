/** The first line of a prompt or message, without heading marks. */
export function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0]?.replace(/^#+\s*/, "") ?? "";
}

/** `1 line`, `2 lines`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The first of several names, and how many more there are: `a, b and 3 more`. */
export function firstOf(names: readonly string[], most: number): string {
  const more = names.length - most;
  return names.slice(0, most).join(", ") +
    (more > 0 ? ` and ${more} more` : "");
}

/** The first three of several names: `a, b, c, …`. */
export function firstThree(names: readonly string[]): string {
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
}
