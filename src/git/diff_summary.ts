/** The change of one file. */
export interface ChangedFile {
  /** The path from the top level of the repository; for a renamed file the new one. */
  path: string;
  /** The old path of a renamed file. */
  old_path?: string;
  status: "added" | "modified" | "deleted" | "renamed" | "type_changed";
  /** Lines; null for a binary file. */
  insertions: number | null;
  deletions: number | null;
}

/** What changed between two trees. */
export interface DiffSummary {
  /** What `git diff --stat` prints at a width of 80 columns, including its last line and line break; empty if nothing changed. */
  stat: string;
  files: ChangedFile[];
  /** Lines of all files that are not binary. */
  insertions: number;
  deletions: number;
}

/** The names of the changed files, before and after. */
export function namesOf({ files }: DiffSummary): string[] {
  return files.flatMap(({ path, old_path }) =>
    old_path === undefined ? [path] : [old_path, path]
  );
}

/** A summary, with details that only this room needs. */
export interface ParsedDiff {
  summary: DiffSummary;
  /** Whether a symbolic link was renamed and its old name became a folder. */
  linkBecameFolder: boolean;
}

const STATUS: Record<string, ChangedFile["status"]> = {
  A: "added",
  M: "modified",
  D: "deleted",
  R: "renamed",
  T: "type_changed",
};

/**
 * Reads what `git diff-tree --raw --numstat --stat -z` prints: first
 * `:<modes> <ids> R100<NUL>old<NUL>new<NUL>` for every file, then
 * `<insertions><TAB><deletions><TAB>path<NUL>` (for a rename
 * `…<TAB><NUL>old<NUL>new<NUL>`) in the same order, then the stat as text.
 */
export function parseDiffSummary(output: string): ParsedDiff {
  let position = 0;
  const field = () => {
    const end = output.indexOf("\0", position);
    const text = output.slice(position, end);
    position = end + 1;
    return text;
  };
  const files: ChangedFile[] = [];
  const renamedLinks: string[] = [];
  while (output[position] === ":") {
    const [mode, , , , letters] = field().split(" ");
    const letter = letters?.[0] ?? "";
    const first = field();
    const names = letter === "R"
      ? { path: field(), old_path: first }
      : { path: first };
    if (letter === "R" && mode === ":120000") renamedLinks.push(`${first}/`);
    files.push({
      ...names,
      status: STATUS[letter] ?? "modified",
      insertions: 0,
      deletions: 0,
    });
  }
  let next = 0;
  while (/[0-9-]/.test(output[position] ?? "")) {
    const [insertions = "", deletions = "", ...rest] = field().split("\t");
    let path = rest.join("\t");
    if (path === "") {
      field();
      path = field();
    }
    // A file can lack lines here if only its type changed.
    while (next < files.length && files[next]?.path !== path) next++;
    const file = files[next++];
    if (!file) continue;
    file.insertions = insertions === "-" ? null : Number(insertions);
    file.deletions = deletions === "-" ? null : Number(deletions);
  }
  return {
    summary: {
      stat: output.slice(position),
      files,
      insertions: files.reduce((sum, file) => sum + (file.insertions ?? 0), 0),
      deletions: files.reduce((sum, file) => sum + (file.deletions ?? 0), 0),
    },
    linkBecameFolder: renamedLinks.some((link) =>
      files.some((file) => file.path.startsWith(link))
    ),
  };
}
