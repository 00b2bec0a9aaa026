/** Characters that look like Latin letters or marks although no normalization maps them there. */
const LOOK_ALIKES = new Map(
  Object.entries({
    a: "аɑαᴀ",
    b: "вьΒʙ",
    c: "сϲᴄ",
    d: "ԁɗᴅ",
    e: "еєεɛᴇ℮",
    f: "ғꜰƒ",
    g: "ɡɢԍ",
    h: "һнΗʜ",
    i: "іιıɪɩ",
    j: "јᴊ",
    k: "кκᴋ",
    l: "ӏʟ",
    m: "мΜᴍ",
    n: "пηᴎɴոΝ",
    o: "оοᴏօ",
    p: "рρᴘ",
    q: "ԛ",
    r: "гʀᴦ",
    s: "ѕꜱʂ",
    t: "тτᴛ",
    u: "υμᴜսц",
    v: "ѵνᴠ",
    w: "ԝωᴡѡ",
    x: "хχ",
    y: "уγʏүΥ",
    z: "ᴢζ",
    ":": "꞉∶ː։׃˸᛬",
    "<": "‹〈⟨《«❮˂ᐸ",
    ">": "›〉⟩》»❯˃ᐳ",
    "[": "【〔〖⟦⁅",
    "]": "】〕〗⟧⁆",
    "-": "‐‑‒–—―−",
    "|": "ǀ∣⏐",
  }).flatMap(([plain, others]) =>
    [...others].map((other) => [other, plain] as const)
  ),
);

/** What a text looks like, and where its characters come from. */
export interface Look {
  text: string;
  /** For each UTF-16 unit of `text`, the index of its character in the original. */
  at: number[];
}

/**
 * What a text looks like to a reader: plain lower-case letters for their
 * look-alikes (fullwidth, Cyrillic, mathematical, circled, …) and for invisible
 * ones that models read, without accents and anything else invisible. Line
 * breaks stay; other white space becomes a space.
 */
export function lookOf(text: string): Look {
  const look: Look = { text: "", at: [] };
  for (let index = 0; index < text.length;) {
    const code = text.codePointAt(index) ?? 0;
    const seen = code < 0x80 ? lookOfAscii(code) : lookOfOther(code);
    look.text += seen;
    for (let unit = 0; unit < seen.length; unit++) look.at.push(index);
    index += code > 0xffff ? 2 : 1;
  }
  return look;
}

function lookOfAscii(code: number): string {
  if (code >= 0x20 && code < 0x7f) {
    return String.fromCharCode(code).toLowerCase();
  }
  if (code === 0x09) return " ";
  return code >= 0x0a && code <= 0x0d ? "\n" : "";
}

const LETTER_A = 0x61;

/** Where the alphabets of boxed and circled letters without a normalization begin. */
const ALPHABETS = [0x1f150, 0x1f170, 0x1f1e6];

const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{M}]/u;

function lookOfOther(code: number): string {
  if (code === 0x85 || code === 0x2028 || code === 0x2029) return "\n";
  // Tag characters are ASCII that nobody sees.
  if (code >= 0xe0020 && code < 0xe007f) return lookOfAscii(code - 0xe0000);
  const alphabet = ALPHABETS.find((first) =>
    code >= first && code < first + 26
  );
  if (alphabet !== undefined) {
    return String.fromCharCode(LETTER_A + code - alphabet);
  }
  let look = "";
  for (const character of String.fromCodePoint(code).normalize("NFKD")) {
    if (UNSEEN.test(character)) continue;
    const small = character.toLowerCase();
    look += LOOK_ALIKES.get(character) ?? LOOK_ALIKES.get(small) ??
      (/[\s\u2800]/.test(character) ? " " : small);
  }
  return look;
}
