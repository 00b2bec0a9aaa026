import { resolve } from "@std/path";
import { readBounded } from "../files/bounded_read.ts";
import { inTime } from "../system/delay.ts";
import { messageOf, notFoundError, usageError } from "../system/errors.ts";
import type { Caller } from "../workspace/workspace.ts";
import { decodeUtf8 } from "../text/decode_utf8.ts";

/** A batch may hold many prompts; a longer file is something else. */
const INPUT = { maxBytes: 64 << 20, followLink: true };

/** If there is a prompt to fall back on, input that has not come by then will not come. */
const STDIN_PATIENCE_MS = 1_000;

/** The ways to give a prompt or message, as far as they were used. */
interface GivenText {
  /** An argument. */
  words?: string;
  text: string | undefined;
  file: string | undefined;
}

/**
 * The prompt or message of a call: its text, or that of its file, else standard
 * input. `undefined` if none was given. With `hasFallback`, it does not wait
 * for an input that stays silent: Claude Code may leave a socket open there.
 */
export async function readPrompt(
  name: "prompt" | "message" | "answer",
  { words, text, file }: GivenText,
  caller: Caller,
  hasFallback = false,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (words !== undefined) {
    if (text === undefined && file === undefined) {
      return new TextEncoder().encode(words);
    }
    const option = text === undefined ? `--${name}-file` : `--${name}`;
    throw usageError(
      `Cannot use both an argument and ${option}: give the ${name} once`,
    );
  }
  if (text !== undefined && file !== undefined) {
    throw usageError(
      `Cannot use both --${name} and --${name}-file: give one of them`,
    );
  }
  if (text !== undefined) return new TextEncoder().encode(text);
  if (file !== undefined) {
    const path = resolve(caller.cwd, file);
    try {
      return await readBounded(path, INPUT);
    } catch (error) {
      throw notFoundError(
        `Cannot read ${name} file "${path}": ${messageOf(error)}`,
      );
    }
  }
  if (Deno.stdin.isTerminal()) return undefined;
  const bytes = await readStdin(hasFallback ? STDIN_PATIENCE_MS : null);
  return bytes.length === 0 ? undefined : bytes;
}

/** The text of a file, or of standard input for `-`. Throws `not_found` for a file that cannot be read, `usage` for one that is not UTF-8. */
export async function readInput(
  file: string,
  { cwd }: Caller,
): Promise<string> {
  const path = resolve(cwd, file);
  const bytes = file === "-"
    ? await readStdin(null)
    : await readBounded(path, INPUT).catch((error) => {
      throw notFoundError(`Cannot read file "${path}": ${messageOf(error)}`);
    });
  const text = decodeUtf8(bytes);
  if (text === null) {
    throw usageError(
      `Cannot read ${
        file === "-" ? "standard input" : `file "${path}"`
      }: it is not UTF-8`,
    );
  }
  return text;
}

async function readStdin(
  patienceMs: number | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = Deno.stdin.readable.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const first = reader.read();
  if (patienceMs !== null) {
    const begun = await inTime(first, patienceMs, null);
    if (begun === null) return new Uint8Array();
  }
  let length = 0;
  for (let part = await first; !part.done; part = await reader.read()) {
    chunks.push(part.value);
    length += part.value.length;
    if (length > INPUT.maxBytes) {
      throw usageError(
        `Cannot read standard input: it has more than ${INPUT.maxBytes} bytes`,
      );
    }
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
