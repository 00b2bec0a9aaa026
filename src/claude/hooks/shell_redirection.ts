import type { Source } from "./shell_source.ts";
import type { Input } from "./shell_syntax.ts";
import { readWord } from "./shell_word.ts";

/** What a redirection does to a command. */
export interface Redirection {
  /** What the command reads; absent if it redirects what the command prints. */
  input?: Input;
  /** Whether the output goes elsewhere, or is mixed with the errors. */
  ofOutput?: boolean;
}

const END = "(?=[ \\t\\n;&|)]|$)";

/** Of output or errors: nowhere, or to where the others go. */
const OUTPUT = new RegExp(`(?:2>&1|1?>&2|([12]?)> ?/dev/null)${END}`, "y");

const NOTHING = new RegExp(`0?< ?/dev/null${END}`, "y");

/** The word that ends a here-document: without quotes, in quotes, or escaped. */
const DELIMITER = new RegExp(
  `<<(-?)[ \\t]*((?:[A-Za-z0-9_]|'[A-Za-z0-9_.-]*'|"[A-Za-z0-9_.-]*"|\\\\[A-Za-z0-9_])+)${END}`,
  "y",
);

/**
 * Reads a redirection that writes nowhere and reads a text, `/dev/null` or a
 * file; `null` if none begins here.
 */
export function readRedirection(from: Source): Redirection | null {
  if (!"012<>".includes(from.peek() || " ")) return null;
  const output = from.take(OUTPUT);
  if (output) return { ofOutput: output[1] !== "2" };
  if (from.take(NOTHING)) return { input: { nothing: true } };
  const document = from.take(DELIMITER);
  if (document) {
    const [, dash, raw = ""] = document;
    const delimiter = raw.replaceAll(/['"\\]/g, "");
    if (!/^[A-Za-z_]/.test(delimiter)) from.fail();
    const input = { text: "" };
    from.expect({
      delimiter,
      isQuoted: raw !== delimiter,
      stripsTabs: dash === "-",
      input,
    });
    return { input };
  }
  if (from.take(/<<< ?(?=['"])/y)) {
    const text = readWord(from) ?? from.fail();
    if (!text.every((part) => typeof part === "string")) from.fail();
    return { input: { text: `${text.join("")}\n` } };
  }
  if (from.take(/<(?![<&>(]) ?/y)) {
    return { input: { file: readWord(from) ?? from.fail() } };
  }
  return null;
}
