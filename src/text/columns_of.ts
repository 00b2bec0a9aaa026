// East Asian Wide and Fullwidth (Unicode 15.1, EastAsianWidth.txt), in whole blocks if nearly all of a block is wide.
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
// Each half of a pair takes one column; Emoji_Presentation includes them too.
const REGIONAL_INDICATOR = /\p{Regional_Indicator}/u;
// Marks on the character before them, format characters, and Hangul vowels and finals.
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff]/u;

/**
 * The columns that sanitized text takes on a terminal: wide East Asian characters
 * and emoji take two, combining marks none. A sequence that a terminal may join
 * counts as the sum of its parts, so that nothing ever becomes too wide.
 */
export function columnsOf(text: string): number {
  let columns = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) ?? 0;
    if (code >= 0x20 && code < 0x7f) {
      columns++;
      continue;
    }
    const character = String.fromCodePoint(code);
    if (code > 0xffff) index++;
    if (code === 0xad) columns++;
    else if (!ZERO.test(character)) columns += isWide(character) ? 2 : 1;
  }
  return columns;
}

function isWide(character: string): boolean {
  return WIDE.test(character) && !REGIONAL_INDICATOR.test(character);
}
