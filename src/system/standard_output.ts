/** Writes data. A reader that has gone (`| head`) ends the program as it ends others: quietly. */
export function writeStdout(text: string): void {
  write(Deno.stdout, text);
}

/** Writes words for people. */
export function writeStderr(text: string): void {
  write(Deno.stderr, text);
}

function write(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) {
      written += stream.writeSync(bytes.subarray(written));
    }
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(141);
    throw error;
  }
}
