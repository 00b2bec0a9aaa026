/** The entries of an index that a snapshot must treat specially; paths as git quotes them. */
export interface SpecialEntries {
  /** Marked "assume unchanged": git would not look at the file. */
  assumedUnchanged: string[];
  /** Submodules and embedded repositories. */
  gitlinks: string[];
  /** In conflict; no tree can be written with them. */
  unmerged: string[];
}

/** Reads what `git ls-files --stage -v` printed without `-z`: `H 100644 <id> 0<TAB>path`. */
export function parseSpecialEntries(listing: string): SpecialEntries {
  const assumedUnchanged: string[] = [];
  const gitlinks: string[] = [];
  const unmerged = new Set<string>();
  for (const line of listing.split("\n")) {
    const tab = line.indexOf("\t");
    if (tab < 0) continue;
    const path = line.slice(tab + 1);
    if (line[tab - 1] !== "0") unmerged.add(path);
    else if (line.startsWith("160000 ", 2)) gitlinks.push(path);
    // A lower-case letter is the mark.
    else if (line[0] === line[0]?.toLowerCase() && line[0] !== "?") {
      assumedUnchanged.push(path);
    }
  }
  return { assumedUnchanged, gitlinks, unmerged: [...unmerged] };
}

/** Quotes a path in C style, as git does, if a line of input could not hold it otherwise. */
export function quotePath(path: string): string {
  const escaped = path.replace(/[\p{Cc}"\\]/gu, (char) => {
    const code = char.charCodeAt(0);
    if (code >= 0x80) return char;
    return code < 0x20 || code === 0x7f
      ? `\\${code.toString(8).padStart(3, "0")}`
      : `\\${char}`;
  });
  return escaped === path ? path : `"${escaped}"`;
}

/** A line for `--pathspec-from-file`: exactly this (quoted) path from the top level, or everything except it. */
export function pathspecLine(quotedPath: string, exclude = false): string {
  const magic = exclude ? ":(exclude,top,literal)" : ":(top,literal)";
  return quotedPath.startsWith('"')
    ? `"${magic}${quotedPath.slice(1)}`
    : magic + quotedPath;
}
