import { usageError } from "../system/errors.ts";
import { decodeUtf8 } from "../text/decode_utf8.ts";

/** Codex refuses more characters than this, but only after it has started a thread (0.169.0). */
export const MAX_PROMPT_CHARACTERS = 1_048_576;

/** What errors call a text for the worker, and the ways to give it. */
export interface PromptWords {
  name: string;
  ways: string;
}

const PROMPT: PromptWords = {
  name: "prompt",
  ways: "--prompt, --prompt-file or standard input",
};

/**
 * Checks a prompt and returns its text; the bytes themselves go to the worker.
 * Throws a `usage` error if it is empty, not UTF-8 or longer than Codex takes.
 */
export function checkPrompt(
  bytes: Uint8Array,
  { name, ways }: PromptWords = PROMPT,
): string {
  const text = decodeUtf8(bytes, { keepMark: true });
  if (text === null) {
    throw usageError(
      `Cannot use the ${name}: it is not UTF-8; convert it, for example with iconv`,
    );
  }
  if (text.trim() === "") {
    throw usageError(
      `Cannot use the ${name}: it is empty; give it by ${ways}`,
    );
  }
  // A text has at most as many characters as UTF-16 units, and is rarely that long.
  if (text.length > MAX_PROMPT_CHARACTERS) {
    let characters = 0;
    for (const _ of text) characters++;
    if (characters > MAX_PROMPT_CHARACTERS) {
      throw usageError(
        `Cannot use the ${name}: it has ${characters} characters and Codex takes at most ${MAX_PROMPT_CHARACTERS}; put the bulk into a file and name it`,
      );
    }
  }
  return text;
}
