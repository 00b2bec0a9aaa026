/** Longer lines are not events; they are kept on disk but not held in memory. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Splits a stream of bytes into lines of text. Of a line that is too long, only
 * the beginning is passed on. Bytes that are not UTF-8 become U+FFFD.
 */
export function makeLineSplitter(onLine: (line: string) => void): {
  push(bytes: Uint8Array): void;
  /** Passes on the last line if it has no line break. */
  end(): void;
} {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let length = 0;

  const add = (bytes: Uint8Array) => {
    const room = MAX_LINE_BYTES - length;
    if (room > 0 && bytes.length > 0) parts.push(bytes.slice(0, room));
    length += bytes.length;
  };
  const flush = () => {
    const line = new Uint8Array(
      parts.reduce((sum, part) => sum + part.length, 0),
    );
    let offset = 0;
    for (const part of parts) {
      line.set(part, offset);
      offset += part.length;
    }
    parts = [];
    length = 0;
    const text = decoder.decode(line).replace(/\r$/, "");
    if (text.trim() !== "") onLine(text);
  };

  return {
    push(bytes) {
      let start = 0;
      for (;;) {
        const end = bytes.indexOf(10, start);
        if (end < 0) break;
        add(bytes.subarray(start, end));
        flush();
        start = end + 1;
      }
      add(bytes.subarray(start));
    },
    end: flush,
  };
}
