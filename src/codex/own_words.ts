import { jsonOf } from "../text/parse_json.ts";

const MAX_LENGTH = 600;

/**
 * What Codex itself says in a piece of its stderr: the error, without
 * warnings, log lines and backtraces. Empty if it says nothing.
 */
export function ownWords(stderr: string): string {
  // The last of several errors ended it; a backtrace follows each.
  const lines = withoutColors(stderr).split("\n")
    .map((line) => line.trimEnd()).filter((line) => !isNoise(line));
  const paragraphs = lines.join("\n").split(/\n{2,}/).map((text) =>
    text.trim()
  );
  const spoken = paragraphs.filter((text) => text !== "");
  const error = spoken.findLast((text) => /^error\b/i.test(text));
  const text = error ?? spoken.at(-1) ?? "";
  return text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH - 1) + "…" : text;
}

/** The words as ` ("…")` to append to a statement, in one line; empty if there are none. */
export function quoteCodex(stderr: string): string {
  const words = ownWords(stderr).replaceAll(/\s+/g, " ");
  return words === "" ? "" : ` ("${words}")`;
}

/** Where the body of an answer may hold its message. */
interface Body {
  error?: { message?: unknown };
  detail?: unknown;
  message?: unknown;
}

/**
 * The message of an event. For HTTP 400 that is the body of the answer, whose words
 * are in `error.message` or `detail`.
 */
export function eventWords(message: string): string {
  const text = message.trim();
  if (!text.startsWith("{")) return text;
  const body = jsonOf(text) as Body | undefined;
  const words = body?.error?.message ?? body?.detail ?? body?.message;
  return typeof words === "string" && words !== "" ? words : text;
}

/** The log of app-server is coloured, whatever it is told. */
function withoutColors(text: string): string {
  return text.replaceAll(/\p{Cc}\[[\d;]*m/gu, "");
}

function isNoise(line: string): boolean {
  return /^\s*Stack backtrace:|^\s+\d+: <?[\w:<>]|^\s+at [./]/.test(line) ||
    /^WARNING: /.test(line) ||
    // A line of Codex's log, with time and level. "ERROR" does not mean failure there.
    /^\d{4}-\d\d-\d\dT\S+\s+(TRACE|DEBUG|INFO|WARN|ERROR)\b/.test(line) ||
    /^(Reading (additional input|prompt) from stdin|\s+tip: |For more information, try)/
      .test(line);
}
