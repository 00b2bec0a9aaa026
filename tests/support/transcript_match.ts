const ID = /\d{8}-\d{6}-[0-9a-f]{4}/g;

/** The end of an id, as a table of runs shows it. */
const SHORT = /^[0-9a-f]{4}(?= {2})/;

/** A line without what differs from run to run: times, durations, signals, widths of columns. Ids stay. */
export function normalize(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, "TIME")
    .replaceAll(/\b(\d+h)?(\d+m)?\d+(\.\d+)?(ms|s)\b/g, "DURATION")
    .replaceAll(/\b(just now|\d+[smh] ago)\b/g, "WHEN")
    // A worker that is stopped before it has begun needs no signal.
    .replaceAll(/ \(it took SIG[A-Z, ]+\)/g, "")
    .replaceAll(Deno.build.target, "x86_64-unknown-linux-gnu")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/**
 * Compares what a document shows with what a program printed. A line `…`
 * stands for any lines. Run ids are learnt in `ids`: the one shown, the one
 * here. Returns what differs, or `null`.
 */
export function compareOutput(
  shown: readonly string[],
  actual: readonly string[],
  ids: Map<string, string>,
): string | null {
  const groups: string[][] = [[]];
  for (const line of shown) {
    if (line.trim() === "…") groups.push([]);
    else groups.at(-1)?.push(line);
  }
  let position = 0;
  for (const [index, group] of groups.entries()) {
    const isFirst = index === 0;
    const isLast = index === groups.length - 1;
    const starts = isFirst
      ? [0]
      : isLast
      ? [actual.length - group.length]
      : range(position, actual.length - group.length);
    const start = starts.find((start) =>
      start >= position && matches(group, actual.slice(start), ids)
    );
    if (start === undefined) {
      return `"${group.join("\n")}" is not in "${
        actual.slice(position).join("\n")
      }"`;
    }
    learn(group, actual.slice(start), ids);
    position = start + group.length;
  }
  if (groups.length === 1 && position !== actual.length) {
    return `"${actual.slice(position).join("\n")}" is not shown`;
  }
  return null;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

function matches(
  shown: readonly string[],
  actual: readonly string[],
  ids: ReadonlyMap<string, string>,
): boolean {
  return shown.every((line, index) => {
    const other = actual[index];
    if (other === undefined) return false;
    const shownIds = line.match(ID) ?? [];
    const actualIds = other.match(ID) ?? [];
    return withoutIds(line) === withoutIds(other) &&
      isSameRow(line, other, ids) &&
      shownIds.every((id, i) => (ids.get(id) ?? actualIds[i]) === actualIds[i]);
  });
}

function withoutIds(line: string): string {
  return normalize(line.replace(SHORT, "ID")).replaceAll(ID, "ID");
}

/** Whether rows of two tables are about the same run, as far as it was named in full before. */
function isSameRow(
  line: string,
  other: string,
  ids: ReadonlyMap<string, string>,
): boolean {
  const [short, actual] = [line, other].map((text) => SHORT.exec(text)?.[0]);
  const known = [...ids].find(([id]) => short && id.endsWith(short));
  return known === undefined || known[1].endsWith(actual ?? "?");
}

function learn(
  shown: readonly string[],
  actual: readonly string[],
  ids: Map<string, string>,
): void {
  for (const [index, line] of shown.entries()) {
    const actualIds = actual[index]?.match(ID) ?? [];
    for (const [i, id] of (line.match(ID) ?? []).entries()) {
      const actualId = actualIds[i];
      if (actualId !== undefined) ids.set(id, actualId);
    }
  }
}
