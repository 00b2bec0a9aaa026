import { isPureJq } from "./jq_program.ts";

/** How a filter may be called: all that is not listed here could read or write something else than what is piped. */
interface FilterRule {
  /** The letters of its switches. */
  flags?: string;
  /** The letters of options that take a value, and the values. */
  values?: Record<string, RegExp>;
  /** Long options, with their values. */
  long?: RegExp;
  /** Long options that take this many further words. */
  longValues?: Record<string, number>;
  /** Whether a number alone is an option (`-20`). */
  takesNumber?: true;
  /** How many words it may have that are not options. It would read further ones as files. */
  words?: 1 | 2;
  /** The option that stands for these words. */
  insteadOfWords?: string;
  /** What these words may be. */
  is?: (word: string) => boolean;
}

const NUMBER = /^\d+$/;
const ANY = /^/;
const LIST = /^[\d,-]+$/;

const PART: FilterRule = {
  values: { n: /^[+-]?\d+$/, c: /^[+-]?\d+[kKM]?$/ },
  long: /^--(?:lines|bytes)=[+-]?\d+$/,
  takesNumber: true,
};

const GREP: FilterRule = {
  flags: "ivcnowxEFPqshHa",
  values: { e: ANY, m: NUMBER, A: NUMBER, B: NUMBER, C: NUMBER },
  long:
    /^--(?:ignore-case|invert-match|count|only-matching|line-number|extended-regexp|fixed-strings|color=(?:never|auto|always)|(?:max-count|context|after-context|before-context)=\d+)$/,
  takesNumber: true,
  words: 1,
  insteadOfWords: "e",
};

/** Lines by number, or one replacement that only prints. */
const SED =
  /^(?:(?:\d+|\$)(?:,(?:\d+|\$))?[pdq]|s\/(?:[^/\\\n]|\\[^/\n])*\/(?:[^/\\\n]|\\[^/\n])*\/[gip]*)$/;

/** Fields of lines, by number, of all lines or of some. */
const AWK =
  /^(?:\/(?:[^/\\\n]|\\[^/\n])*\/|NR ?(?:[<>]=?|[=!]=) ?\d+)? ?(?:\{ ?print(?: \$(?:\d+|NF)(?:(?:, ?| | "[^"\\\n]*" ?)\$(?:\d+|NF))*)? ?\})?$/;

const RULES: Record<string, FilterRule> = {
  head: PART,
  tail: PART,
  cat: { flags: "nbsvAETet" },
  grep: GREP,
  egrep: GREP,
  fgrep: GREP,
  jq: {
    flags: "rcesSMCajRn",
    long:
      /^--(?:raw-output|compact-output|exit-status|slurp|sort-keys|monochrome-output|color-output|join-output|ascii-output|raw-input|null-input|tab)$/,
    longValues: { "--arg": 2, "--argjson": 2, "--indent": 1 },
    words: 1,
    is: isPureJq,
  },
  wc: { flags: "lcwmL", long: /^--(?:lines|bytes|words|chars)$/ },
  sort: {
    flags: "rnufghVbdiMsR",
    values: { k: /^[0-9.,bdfgiMhnRrV]+$/, t: /^(?:.|\\t)$/s },
    long:
      /^--(?:reverse|unique|numeric-sort|version-sort|ignore-case|stable|key=[0-9.,bdfgiMhnRrV]+)$/,
  },
  uniq: { flags: "cdiuD", values: { f: NUMBER, s: NUMBER, w: NUMBER } },
  cut: {
    flags: "s",
    values: { d: /^.$/s, f: LIST, c: LIST, b: LIST },
    long: /^--(?:complement|delimiter=.|(?:fields|characters|bytes)=[\d,-]+)$/,
  },
  tr: { flags: "dscC", words: 2 },
  column: { flags: "t", values: { s: ANY } },
  nl: { values: { b: /^[atn]$/ } },
  tac: {},
  fold: { flags: "s", values: { w: NUMBER } },
  sed: { flags: "nEr", words: 1, is: (script) => SED.test(script) },
  awk: {
    values: { F: /^.{1,3}$/s },
    words: 1,
    is: (script) => script !== "" && AWK.test(script),
  },
};

/** Filters that take no longer than reading takes, whatever their words are. */
const QUICK = new Set(
  ["head", "tail", "cat", "wc", "uniq", "cut", "tr", "column", "nl", "tac"],
);

/** A word in which nothing is a pattern, and a program of jq that only picks. */
const PLAIN = /^[\w@:, -]*$/;
const PICKS = /^\.(?:[A-Za-z_]\w*|\[\d*\]|\.(?=[A-Za-z_]))*$/;

/** Whether a filter is done as soon as it has read its input: a pattern or a program could keep it busy for hours. */
export function isQuick([program = "", ...words]: readonly string[]): boolean {
  return QUICK.has(program) ||
    words.every((word) => PLAIN.test(word) || PICKS.test(word));
}

/** Whether a program, called in this way behind a pipe, does nothing but print something of what it is given. */
export function isFilter([program = "", ...words]: readonly string[]): boolean {
  if (!Object.hasOwn(RULES, program)) return false;
  const rule = RULES[program] ?? {};
  const { flags = "", values = {}, longValues = {} } = rule;
  const given = new Set<string>();
  const plain: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!word.startsWith("-")) {
      plain.push(word);
    } else if (Object.hasOwn(longValues, word)) {
      i += longValues[word] ?? 0;
      if (i >= words.length) return false;
    } else if (word.startsWith("--")) {
      if (!rule.long?.test(word)) return false;
    } else if (!(rule.takesNumber && /^-\d+$/.test(word))) {
      if (word === "-") return false;
      for (let at = 1; at < word.length; at++) {
        const letter = word.charAt(at);
        given.add(letter);
        if (flags.includes(letter)) continue;
        if (!Object.hasOwn(values, letter)) return false;
        const value = word.slice(at + 1) || words[++i];
        if (value === undefined || !values[letter]?.test(value)) return false;
        break;
      }
    }
  }
  const { words: most = 0, insteadOfWords, is } = rule;
  const isReplaced = insteadOfWords !== undefined && given.has(insteadOfWords);
  return plain.length <= (isReplaced ? 0 : most) &&
    (is === undefined || plain.every(is));
}
