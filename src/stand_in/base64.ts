/** Decodes standard base64. Throws a `SyntaxError` if it is not base64. */
export function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (error) {
    throw new SyntaxError("stand-in: raw_base64 is not base64", {
      cause: error,
    });
  }
}
