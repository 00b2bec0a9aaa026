/** A character as written in code, such as `\u{200b}`. */
export function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `\\u{${code.toString(16).padStart(4, "0")}}`;
}

/** Characters without a width of their own: zero-width and bidi controls, tags, variation selectors, fillers. */
const UNSEEN =
  "[\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\ufff9-\\ufffb]";

/** A character of one of these scripts. */
function of(...scripts: string[]): string {
  return `[${scripts.map((name) => `\\p{Script=${name}}`).join("")}]`;
}

const RIGHT_TO_LEFT = of("Arabic", "Hebrew", "Syriac", "Thaana", "Nko");

/** Scripts in which a letter looks different before or after a joiner. */
const JOINED = of(
  ...["Arabic", "Syriac", "Nko", "Mandaic", "Mongolian", "Devanagari"],
  ...["Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu"],
  ...["Kannada", "Malayalam", "Sinhala", "Myanmar", "Khmer", "Thaana"],
);

/** Scripts without spaces between words. */
const UNSPACED = of("Thai", "Lao", "Khmer", "Myanmar", "Tibetan", "Javanese");

const TAGS = (letters: string) =>
  [...letters].map((letter) =>
    `\\u{${(0xe0000 + letter.charCodeAt(0)).toString(16)}}`
  ).join("");

/** Where languages and emoji need such a character: a single one, next to what it belongs to. */
const ORDINARY = [
  // The flags of England, Scotland and Wales, the only ones in general use.
  `\\u{1f3f4}${TAGS("gb")}(?:${
    ["eng", "sct", "wls"].map(TAGS).join("|")
  })\\u{e007f}`,
  "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})",
  "(?<=[\\p{Emoji}\\p{S}\\p{P}\\p{Lo}\\p{Mc}])[\\ufe00-\\ufe0f]",
  "(?<=\\p{Script=Han})[\\u{e0100}-\\u{e01ef}]",
  "(?<=\\p{Script=Mongolian})[\\u180b-\\u180f]",
  `(?<=${JOINED})[\\u200c\\u200d](?!${UNSEEN})`,
  `(?<=${UNSPACED})\\u200b(?=${UNSPACED})`,
  `(?<=${RIGHT_TO_LEFT})[\\u200e\\u200f\\u061c](?!${UNSEEN})`,
  `(?<!${UNSEEN})[\\u200e\\u200f\\u061c](?=${RIGHT_TO_LEFT})`,
  "(?<=[\\p{M}\\p{Script=Hebrew}])\\u034f(?=\\p{M})",
  "(?<=[\\u1100-\\u115e])\\u1160|\\u115f(?=[\\u1161-\\u11a7])",
].join("|");

const SUSPECT = new RegExp(UNSEEN, "u");
/** Longer than any legitimate sequence, so it needs no further check. */
const LONG_RUN = new RegExp(`${UNSEEN}{9,}`, "gu");
const EACH = new RegExp(`(${ORDINARY})|${UNSEEN}`, "gu");

/**
 * The text with invisible characters written as `\u{…}`, unless a language or an emoji
 * needs them, and without floods of marks on one letter.
 */
export function showUnseen(text: string): string {
  const seen = SUSPECT.test(text)
    ? text.replace(
      LONG_RUN,
      (run) => Array.from(run, escapeCharacter).join(""),
    ).replace(
      EACH,
      (match, ordinary?: string) => ordinary ?? escapeCharacter(match),
    )
    : text;
  return replaceFloods(seen, (marks) => `[+${marks.length} marks]`);
}

/** A Vietnamese letter has two of them, one of a phonetic alphabet perhaps four. */
const MOST_COMMON_MARKS = 4;
/** Scripts with marks of their own (Tibetan, Burmese, pointed Hebrew) have more. */
const MOST_MARKS = 10;

const MARKS = new RegExp(`\\p{M}{${MOST_COMMON_MARKS + 1},}`, "gu");
const COMMON_MARK = /\p{Script=Inherited}/u;

/** Where a letter has more marks than any language puts on one, keeps the first few and replaces the rest. */
export function replaceFloods(
  text: string,
  replace: (marks: string[]) => string,
): string {
  return text.replace(MARKS, (run) => {
    const marks = [...run];
    const isFlood = marks.length > MOST_MARKS ||
      marks.filter((mark) => COMMON_MARK.test(mark)).length >
        MOST_COMMON_MARKS;
    if (!isFlood) return run;
    return marks.slice(0, MOST_COMMON_MARKS).join("") +
      replace(marks.slice(MOST_COMMON_MARKS));
  });
}
