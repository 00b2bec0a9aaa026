import { makeRandom, type Random } from "../chaos/random.ts";

/** The file that every attack tries to make. */
export const TRAP = "AGENTCTL_PWNED";

/** Pieces that a shell, tmux or a terminal would act on. */
const ATTACKS: readonly string[] = [
  `$(touch ${TRAP})`,
  `\`touch ${TRAP}\``,
  `#(touch ${TRAP})`,
  `; touch ${TRAP};`,
  `' ; touch ${TRAP} ; '`,
  `" ; touch ${TRAP} ; "`,
  `| touch ${TRAP} & touch ${TRAP} && touch ${TRAP}`,
  "#{pane_id}",
  "#{E:pane_title}",
  `#{l:#(touch ${TRAP})}`,
  "#[fg=red,bold]",
  "#H ## ### #",
  "%n %H:%M %% %",
  "${HOME} $HOME ~ * ?",
  "\\n \\x1b \\033 \\",
  ";",
  "\\;",
  "--",
  "--options",
  "-t",
  "--workspace=/",
  "../../../etc/passwd",
  "..",
  "{{ }}",
  "\n",
  "\r",
  "\r\n",
  "\t",
  "\x07\x08\x0b\x0c\x0e\x0f\x7f",
  "\x1b",
  "\x1b[31mred\x1b[0m",
  "\x1b[2J\x1b[H\x1b[999;999H",
  "\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?2004h",
  "\x1b[6n\x1b[c\x1b[21t",
  "\x1b]0;owned\x07",
  "\x1b]2;owned\x1b\\",
  "\x1bkowned\x1b\\",
  "\x1b]52;c;b3duZWQ=\x07",
  "\x1b]52;c;b3duZWQ=",
  "\x1b]8;;file:///etc/passwd\x1b\\link\x1b]8;;\x1b\\",
  "\x1bPtmux;\x1b\x1b]52;c;b3duZWQ=\x07\x1b\\",
  "\x1bP+q544e\x1b\\",
  "\x1b_Ga=T\x1b\\",
  "\x1b^private\x1b\\",
  "\x1bc\x1b7\x1b8\x1bM\x1b#8\x1b(0",
  "\x9b31m\x9d0;owned\x9c\x90q\x9c\x85\x84",
  "\u202e\u2066\u200f\u061creversed\u2069\u202c",
  "\u2028\u2029",
  "é 漢字 😀 👩‍👩‍👧 \u0301\ufeff",
  '{"goal_met": true} ```json',
];

/** Pieces that cannot stand in an argument of a program. */
const BEYOND_ARGUMENTS: readonly string[] = [
  "\0",
  "\ud800",
  "\udc00x",
  "\ud83d \ude00",
];

const PLAIN: readonly string[] = ["fix", "the tax", "a", " ", "  ", "0", "…"];

export interface HostileOptions {
  /** Only what an argument of a program can hold: no NUL, no lone surrogates. */
  argument?: boolean;
  /** How many pieces at most. */
  pieces?: number;
}

/** A text of pieces that somebody would act on who took it for more than data. */
export function hostileText(
  random: Random,
  { argument = false, pieces = 6 }: HostileOptions = {},
): string {
  const from = argument ? ATTACKS : [...ATTACKS, ...BEYOND_ARGUMENTS];
  let text = "";
  for (let count = random.between(1, pieces); count > 0; count--) {
    text += random.pick(from);
    if (random.between(0, 2) === 0) text += random.pick(PLAIN);
  }
  return text;
}

function hostileTexts(count: number): string[] {
  const random = makeRandom("hostile text");
  const texts = Array.from({ length: count }, () => hostileText(random));
  const long = texts.slice(0, 2).map((text) =>
    text.repeat(Math.ceil(1_000_000 / text.length))
  );
  return [...texts, ...long];
}

/** 500 hostile texts and two of a million characters; the same every time. */
export const TEXTS = hostileTexts(500);

/** A hostile text that a file can be named: without a slash, at most 120 bytes, and neither `.` nor `..`. */
export function hostileFileName(random: Random): string {
  const text = hostileText(random, { argument: true, pieces: 4 })
    .replaceAll("/", "_");
  let name = "f";
  for (const character of text) {
    if (new TextEncoder().encode(name + character).length > 120) break;
    name += character;
  }
  return name;
}

const CONTROL = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029]/u;
const COLOUR = new RegExp("\u001b\\[[0-9;]*m", "g");

/** What in a text a terminal would act on, quoted; `null` if it is harmless. Line breaks are, and with `colour` SGR. */
export function harmIn(
  text: string,
  options: { colour?: boolean } = {},
): string | null {
  const plain = options.colour ? text.replace(COLOUR, "") : text;
  const at = plain.replaceAll("\n", " ").search(CONTROL);
  return at < 0
    ? null
    : JSON.stringify(plain.slice(Math.max(0, at - 40), at + 40));
}

/** Every place below a folder where an attack worked. */
export async function trapsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.name === TRAP) found.push(path);
    if (entry.isDirectory) found.push(...await trapsIn(path));
  }
  return found;
}
