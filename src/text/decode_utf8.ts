/** The text of bytes; `null` if they are not UTF-8. A byte order mark is kept only on request. */
export function decodeUtf8(
  bytes: Uint8Array,
  options: { keepMark?: boolean } = {},
): string | null {
  try {
    return new TextDecoder("utf-8", {
      fatal: true,
      ignoreBOM: options.keepMark ?? false,
    }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
}
