import { ignore } from "./ignore.ts";
import { writeAllSync } from "./write_all.ts";

/** What happens when the reader has gone; set by a command that has to put things in order first. */
let onReaderGone: (() => void) | null = null;

/**
 * Until it is disposed, a reader that has gone ends nothing: `action` is called,
 * and what is written is lost.
 */
export function whenReaderGoes(action: () => void): Disposable {
  onReaderGone = action;
  return { [Symbol.dispose]: () => onReaderGone = null };
}

/** Writes data. If the reader has gone (`| head`), the program ends quietly, as others do. */
export function writeStdout(text: string): void {
  write(Deno.stdout, text);
}

/** Writes messages for the user. */
export function writeStderr(text: string): void {
  write(Deno.stderr, text);
}

/** Like {@linkcode writeStdout}, but changes no byte, for text that is not ours. */
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
    if (onReaderGone !== null) {
      ignore(error, "the terminal or the reader is gone; the command ends");
      return onReaderGone();
    }
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(141);
    throw error;
  }
}
