const TEXT = new TextDecoder();

/** Where the part of a patch about one file begins; no line of content begins like this. */
const HEAD = new TextEncoder().encode("diff --git ");

/** The parts of a patch, as git writes it, that are about some files, byte for byte. Paths are from the top level. */
export function patchOfFiles(
  patch: Uint8Array<ArrayBuffer>,
  files: readonly string[],
): Uint8Array<ArrayBuffer>[] {
  const wanted = new Set(files);
  return partsOf(patch).filter((part) =>
    namesIn(part).some((name) => wanted.has(name))
  );
}

function partsOf(patch: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const starts: number[] = [];
  for (let line = 0; line < patch.length;) {
    if (HEAD.every((byte, index) => patch[line + index] === byte)) {
      starts.push(line);
    }
    const end = patch.indexOf(0x0a, line);
    line = end < 0 ? patch.length : end + 1;
  }
  return starts.map((start, index) => patch.subarray(start, starts[index + 1]));
}

/** The names before and after, from the lines above the content. */
function namesIn(part: Uint8Array): string[] {
  const lines = TEXT.decode(part.subarray(0, MOST_HEAD)).split("\n");
  const end = lines.findIndex((line) => /^(@@|GIT binary patch)/.test(line));
  const head = end < 0 ? lines : lines.slice(0, end);
  const named = head.flatMap((line) => {
    const [, side, name] =
      /^(?:--- (?=a\/|"a\/)|\+\+\+ (?=b\/|"b\/)|rename (?:from|to) )("?)(.*?)\t?$/
        .exec(line) ?? [];
    if (side === undefined || name === undefined) return [];
    const text = unquoted(`${side}${name}`);
    return [line.startsWith("rename ") ? text : text.slice(2)];
  });
  return named.length > 0 ? named : [sameName(head[0] ?? "")];
}

/** Enough for the names, which the head has several times. */
const MOST_HEAD = 64 * 1024;

/** The name in `diff --git a/name b/name`, of a file that is empty, binary or has only another mode. */
function sameName(line: string): string {
  const both = line.slice(HEAD.length);
  const half = both.slice(0, (both.length - 1) / 2);
  return unquoted(half).slice(2);
}

/** What git means by a name in quotes. */
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  const bytes: number[] = [];
  const inner = name.slice(1, name.endsWith('"') ? -1 : undefined);
  for (
    const [text, octal, letter] of inner.matchAll(
      /\\(?:([0-7]{3})|(.))|[^\\]+/gs,
    )
  ) {
    if (octal !== undefined) bytes.push(parseInt(octal, 8));
    else if (letter !== undefined) {
      bytes.push(ESCAPES[letter] ?? letter.charCodeAt(0));
    } else bytes.push(...new TextEncoder().encode(text));
  }
  return TEXT.decode(new Uint8Array(bytes));
}

const ESCAPES: Record<string, number> = {
  ...{ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 },
};
