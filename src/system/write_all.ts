/** Text as UTF-8; bytes as they are. */
export function toBytes<Bytes extends Uint8Array>(
  data: string | Bytes,
): Bytes | Uint8Array<ArrayBuffer> {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

/** Writes all bytes, even if only a part is accepted at a time. */
export async function writeAll(
  sink: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await sink.write(bytes.subarray(written));
  }
}

/** Like {@linkcode writeAll}, but synchronous, and for text too. */
export function writeAllSync(
  sink: { writeSync(bytes: Uint8Array): number },
  data: string | Uint8Array,
): void {
  const bytes = toBytes(data);
  for (let written = 0; written < bytes.length;) {
    written += sink.writeSync(bytes.subarray(written));
  }
}
