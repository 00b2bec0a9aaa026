import { makeStyle, type Style, wantsColor } from "../terminal/style.ts";
import { parseWholeNumber } from "../text/whole_number.ts";
import { ignore } from "../system/ignore.ts";

/** Colours for standard output: only on a terminal, and never with `NO_COLOR`. */
export function stdoutStyle(env: Record<string, string>): Style {
  return makeStyle({ color: wantsColor(env, Deno.stdout.isTerminal()) });
}

/** What tables are drawn on, for standard output. */
export function stdoutCanvas(env: Record<string, string>) {
  return { width: stdoutWidth(env), style: stdoutStyle(env) };
}

/** The width for tables: the terminal's, else `COLUMNS`, else 120. */
export function stdoutWidth(env: Record<string, string>): number {
  if (Deno.stdout.isTerminal()) {
    try {
      return Deno.consoleSize().columns;
    } catch (error) {
      ignore(error, "a terminal without a size");
    }
  }
  return parseWholeNumber(env["COLUMNS"] ?? "", { from: 20, to: 10_000 }) ??
    120;
}
