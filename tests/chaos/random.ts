/** Chance that can be repeated: the same seed gives the same numbers. */
export interface Random {
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** One of the list. Throws a `RangeError` if it is empty. */
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** Makes chance from a text: mulberry32, seeded by FNV-1a of it. */
export function makeRandom(seed: string): Random {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(seed)) {
    state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  }
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) =>
    from + Math.floor(next() * (to - from + 1));
  return {
    between,
    pick(list) {
      const chosen = list[between(0, list.length - 1)];
      if (chosen === undefined) {
        throw new RangeError("Cannot pick from an empty list");
      }
      return chosen;
    },
    bytes: (length) =>
      Uint8Array.from({ length }, () => Math.floor(next() * 256)),
  };
}
