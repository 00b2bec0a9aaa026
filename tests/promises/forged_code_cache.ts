/** Compiled code of one module, as Deno keeps it for a compiled program. */
interface Entry {
  /** The address of the module. */
  specifier: string;
  /** What V8 has made of it. */
  code: Uint8Array;
  /** All of the entry but the last number, which is a hash of the code alone. */
  hashOfSource: bigint;
  hashOfCode: bigint;
}

/** The file `deno-compile-NAME.cache`: a key that stands in it, and a length before each entry. */
interface CodeCache {
  key: bigint;
  entries: Entry[];
}

/**
 * The code cache of a program in which one module is another's compiled code.
 * All that it needs is a cache that the program has written, and one of a
 * program of the same length that its author wrote.
 */
export function forgeCodeCache(
  own: Uint8Array,
  foreign: Uint8Array,
  isVictim: (specifier: string) => boolean,
): Uint8Array<ArrayBuffer> {
  const { key, entries } = parse(own);
  const [evil] = parse(foreign).entries;
  if (evil === undefined || !entries.some((e) => isVictim(e.specifier))) {
    throw new Error("There is nothing to forge in this code cache");
  }
  return serialize({
    key,
    entries: entries.map((entry) =>
      isVictim(entry.specifier)
        ? { ...entry, code: evil.code, hashOfCode: evil.hashOfCode }
        : entry
    ),
  });
}

function parse(bytes: Uint8Array): CodeCache {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(8, true);
  const entries: Entry[] = [];
  let start = 12 + 8 * count;
  for (let index = 0; index < count; index++) {
    const end = start + Number(view.getBigUint64(12 + 8 * index, true));
    const specifierEnd = end - 20;
    const specifierStart = specifierEnd - view.getUint32(specifierEnd, true);
    entries.push({
      specifier: new TextDecoder().decode(
        bytes.subarray(specifierStart, specifierEnd),
      ),
      // A byte between the two says that it is a module.
      code: bytes.slice(start, specifierStart - 1),
      hashOfSource: view.getBigUint64(end - 16, true),
      hashOfCode: view.getBigUint64(end - 8, true),
    });
    start = end;
  }
  return { key: view.getBigUint64(0, true), entries };
}

function serialize({ key, entries }: CodeCache): Uint8Array<ArrayBuffer> {
  const parts = entries.map(({ specifier, code, hashOfSource, hashOfCode }) => {
    const name = new TextEncoder().encode(specifier);
    return [
      ...[code, new Uint8Array([0]), name, numberBytes(4, BigInt(name.length))],
      ...[numberBytes(8, hashOfSource), numberBytes(8, hashOfCode)],
    ];
  });
  const sizeOf = (part: Uint8Array[]) =>
    part.reduce((sum, { length }) => sum + length, 0);
  const all = [
    ...[numberBytes(8, key), numberBytes(4, BigInt(entries.length))],
    ...parts.map((part) => numberBytes(8, BigInt(sizeOf(part)))),
    ...parts.flat(),
  ];
  const bytes = new Uint8Array(sizeOf(all));
  let offset = 0;
  for (const part of all) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** A number in so many bytes, the lowest first. */
function numberBytes(length: number, value: bigint): Uint8Array {
  return Uint8Array.from(
    { length },
    (_, index) => Number((value >> BigInt(8 * index)) & 0xffn),
  );
}
