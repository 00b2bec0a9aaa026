import { writeAllSync } from "./write_all.ts";

/** Writes data. A reader that has gone (`| head`) ends the program as it ends others: quietly. */
export function writeStdout(text: string): void {
  write(Deno.stdout, text);
}

/** Writes words for people. */
export function writeStderr(text: string): void {
  write(Deno.stderr, text);
}

/** As {@linkcode writeStdout}, for what is no text of ours: not a byte is changed. */
export function writeStdoutBytes(bytes: Uint8Array): void {
  write(Deno.stdout, bytes);
}

function write(
  stream: { writeSync(bytes: Uint8Array): number },
  data: string | Uint8Array,
): void {
  try {
    writeAllSync(stream, data);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(141);
    throw error;
  }
}
