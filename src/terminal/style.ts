/** Adds colour to a text, or returns it unchanged. */
export type Paint = (text: string) => string;

/** Colours by meaning; every function is the identity when colours are off. */
export interface Style {
  /** Whether the functions below change anything. */
  color: boolean;
  /** Success: green. */
  ok: Paint;
  /** Failure: red. */
  bad: Paint;
  /** Attention: yellow. */
  warn: Paint;
  /** What the eye should find first: cyan. */
  accent: Paint;
  /** What may be overlooked. */
  dim: Paint;
  /** Bold. */
  strong: Paint;
  /** What a model thinks to itself: dim italic. */
  thought: Paint;
  /** No colour. */
  plain: Paint;
}

/** Makes the set of colours; with `color: false` no escape is ever written. */
export function makeStyle(options: { color: boolean }): Style {
  const plain = (text: string) => text;
  const paint = (open: string, close: string): Paint =>
    options.color
      ? (text) => text === "" ? "" : `\x1b[${open}m${text}\x1b[${close}m`
      : plain;
  return {
    color: options.color,
    ok: paint("32", "39"),
    bad: paint("31", "39"),
    warn: paint("33", "39"),
    accent: paint("36", "39"),
    dim: paint("2", "22"),
    strong: paint("1", "22"),
    thought: paint("2;3", "22;23"),
    plain,
  };
}

/**
 * Whether to write colours: never with `NO_COLOR` (https://no-color.org), always
 * with `CLICOLOR_FORCE` or `FORCE_COLOR`, and otherwise on a terminal that is not dumb.
 */
export function wantsColor(
  env: Record<string, string>,
  isTerminal: boolean,
): boolean {
  if (env.NO_COLOR) return false;
  for (const forced of [env.CLICOLOR_FORCE, env.FORCE_COLOR]) {
    if (forced && forced !== "0" && forced !== "false") return true;
  }
  if (env.FORCE_COLOR === "0" || env.FORCE_COLOR === "false") return false;
  if (env.CLICOLOR === "0" || env.TERM === "dumb") return false;
  return isTerminal;
}
