import { escapeCharacter } from "./unseen.ts";

/**
 * Everything that a terminal does not show as itself: controls, bidi marks, tags
 * and other invisible characters, odd spaces, lone surrogates.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** A text in one line, with everything invisible written as `\u{…}`, for the user to judge. */
export function showExactly(text: string): string {
  return text.replace(UNSEEN, escapeCharacter);
}
