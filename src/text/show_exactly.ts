import { escapeCharacter } from "./unseen.ts";

/**
 * Everything but what a terminal shows as itself: controls, bidi marks, tags
 * and other characters that nobody sees, odd spaces, lone surrogates.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** One line of a text as it is, with what nobody would see written as `\u{…}`: for what a person is to judge. */
export function showExactly(text: string): string {
  return text.replace(UNSEEN, escapeCharacter);
}
