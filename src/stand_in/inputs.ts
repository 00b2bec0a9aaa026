import { resolve } from "@std/path";
import { messageOf } from "../system/errors.ts";
import type { StandInIo } from "./io.ts";
import { Refused } from "./refused.ts";

/**
 * The prompt: the argument on the command line, or stdin, or both. Throws
 * {@linkcode Refused} if it is empty or not UTF-8; rejects with the signal's
 * reason when aborted.
 */
export async function readPrompt(
  word: string | undefined,
  io: StandInIo,
  signal: AbortSignal,
): Promise<string> {
  const asked = word === undefined || word === "-";
  const input = asked || !io.stdinIsTerminal
    ? await readText(io.stdin, signal)
    : "";
  if (asked) {
    if (input.trim() === "") throw new Refused("No prompt provided via stdin.");
    return input;
  }
  return input.trim() === "" ? word : `${word}\n\n<stdin>\n${input}\n</stdin>`;
}

async function readText(
  stdin: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    // The signal cancels the pipe, not only what comes after it.
    await stdin.pipeTo(
      new WritableStream({
        write: (chunk) =>
          void (text += decoder.decode(chunk, { stream: true })),
      }),
      { signal },
    );
    return text + decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refused(
      "Failed to read prompt from stdin: input is not valid UTF-8. Convert it to UTF-8 and retry.",
      { cause: error },
    );
  }
}

/** Reads the schema as Codex does, but checks nothing against it. Throws {@linkcode Refused} if it is not JSON. */
export function readSchema(
  path: string | undefined,
  processFolder: string,
): void {
  if (path === undefined) return;
  let text: string;
  try {
    text = Deno.readTextFileSync(resolve(processFolder, path));
  } catch (error) {
    throw new Refused(
      `Failed to read output schema file ${path}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Refused(
      `Output schema file ${path} is not valid JSON: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Creates the file if it does not exist; what an older run left in it stays until this one succeeds. */
export function openAnswerFile(
  path: string | undefined,
  processFolder: string,
): string | undefined {
  if (path === undefined) return undefined;
  const file = resolve(processFolder, path);
  try {
    Deno.openSync(file, { create: true, write: true }).close();
  } catch (error) {
    throw new Refused(
      `Error: Failed to open last message file ${JSON.stringify(path)}: ${
        messageOf(error)
      }`,
      {
        cause: error,
      },
    );
  }
  return file;
}
