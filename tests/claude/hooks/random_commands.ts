/** A source of numbers that are the same for the same seed: at least 0 and less than 1. */
type Random = () => number;

/** Random numbers (mulberry32). */
export function randomNumbers(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const CHARACTERS = [
  ..." \n\t\"'`$\\;&|<>(){}[]*?!#~=%^-@.,:/+aP0é\u00a0\r",
  ...["\\\n", "<<'P'", "$(", "2>&1", "&&", "\nP\n", '"$A"', "<<-P", " | "],
  ...["\nevil\n", ";evil ", "$(evil)", "`evil`", "P)evil", ")", "''"],
];

/** A text with one to three characters more, fewer, or others. */
export function mutated(text: string, random: Random): string {
  for (let times = 1 + Math.floor(random() * 3); times > 0; times--) {
    const at = Math.floor(random() * (text.length + 1));
    const dropped = random() < 0.5 ? 1 : 0;
    const added = random() < 0.7 ? pick(CHARACTERS, random) : "";
    text = text.slice(0, at) + added + text.slice(at + dropped);
  }
  return text;
}

const TEXTS = [
  ...["x", "Fix it", "it's", 'say "done"', "a; b & c | d > e", "$HOME `id`"],
  ...["$(touch evil)", "a\nb", "\n", "# no comment", "Käufer – “schön” 🎉"],
  ...["100 %!", "\\d+\\n", "\\", "a \\\nb", "P", "*?[a]{b,c}", "-x", "\ttab"],
  ...["1) a (b", ")", "P)", "P x) b", "PQ) c", "E-F)", "Please (x)", "esac"],
  ...["=ls", "a==b", "~/x", "<<'P'", "", "5$ now", "!!", "a  b"],
];

const BARE = ["x", "a-b", "20260102-030405-a1b2", "@last", "src/a.ts", "90%"];

/** A command text of the kind that is understood, in any spelling, and sometimes a little beyond. */
export function randomCommand(random: Random): string {
  const parts: string[] = [];
  const count = 1 + Math.floor(random() * 5);
  if (random() < 0.3) {
    parts.push(pick(["\n", "  ", "# it's\n", " \\\n"], random));
  }
  if (random() < 0.15) {
    const to = pick(["packages/tax", "./packages", "~/packages", "."], random);
    parts.push(`cd ${to.startsWith("p") ? `./${to}` : to}`);
    parts.push(pick([" && ", "; ", "\n", " && \\\n", " &&\n"], random));
  }
  const variables: string[] = [];
  for (let index = 0; index < count; index++) {
    if (index > 0) parts.push(separator(parts, random));
    parts.push(randomStep(variables, random));
  }
  if (random() < 0.3) {
    parts.push(pick(["\n", ";", " # done", "\n\n ", " "], random));
  }
  return parts.join("");
}

function separator(parts: readonly string[], random: Random): string {
  const isOpen = parts.at(-1)?.endsWith("\n") ?? false;
  return isOpen ? pick(["", "\n", "# more\n"], random) : pick(
    [
      "; ",
      "\n",
      " || true\n",
      " || ",
      " && ",
      " && ",
      "&&\n",
      " ;\n\n",
      " # c\n",
    ],
    random,
  );
}

function randomStep(variables: string[], random: Random): string {
  const roll = random();
  if (roll < 0.12) {
    const variable = variables.length > 0 ? pick(variables, random) : "A";
    return `echo ${spell("It is", random)} "${
      pick(["", "id: "], random)
    }$${variable}"`;
  }
  if (roll < 0.17) {
    return pick(
      ["true", ":", "pwd", "set -e", "command -v agentctl", "which agentctl"],
      random,
    );
  }
  if (roll < 0.2) {
    return `cd ${pick(["./packages", "./packages/tax", "."], random)}`;
  }
  if (roll < 0.3) {
    variables.push("P", "P");
    return pick(["P=x", "P='a b'", 'P="$A"', "P=prompt.md"], random);
  }
  if (roll < 0.45) {
    const name = pick(["A", "RUN_ID", "id2"], random);
    const inner = randomCall(variables, random, "start");
    variables.push(name);
    const open = pick(["$(", '"$(', "$( ", "$(\n"], random);
    return `${name}=${open}${inner})${open.startsWith('"') ? '"' : ""}`;
  }
  return randomCall(variables, random);
}

function randomCall(
  variables: readonly string[],
  random: Random,
  only?: "start",
): string {
  const starts = only !== undefined || random() < 0.5;
  const words: string[] = [
    pick(["agentctl", "agentctl", "'agentctl'"], random),
  ];
  if (starts) {
    words.push(pick(["start", "start", '"start"'], random));
    for (let more = Math.floor(random() * 3); more > 0; more--) {
      const option = pick(["--title", "--label", "--prompt"], random);
      const text = pick(TEXTS.filter((text) => !text.startsWith("-")), random);
      words.push(
        random() < 0.5
          ? `${option} ${spell(text, random)}`
          : `${option}=${spell(text, random)}`,
      );
    }
    if (variables.length > 0 && random() < 0.6) {
      const value = useOf(pick(variables, random), random);
      words.push(`${pick(["--title ", "--label="], random)}${value}`);
    }
    if (variables.length > 0 && random() < 0.3) {
      words.push(`--after ${useOf(pick(variables, random), random)}`);
    }
  } else {
    words.push(pick(["list", "wait", "show", "diff"], random));
    if (variables.length > 0 && random() < 0.6) {
      words.push(useOf(pick(variables, random), random));
    } else words.push(spell(pick(BARE, random), random));
    if (random() < 0.1) words.unshift("timeout 5m");
  }
  return withInput(words, starts, random);
}

/** Adds an input, redirections and filters. */
function withInput(words: string[], starts: boolean, random: Random): string {
  const gap = () => pick([" ", " ", "  ", "\t", " \\\n", " \\\n  "], random);
  const roll = random();
  let before = "";
  let after = "";
  let body = "";
  if (starts && roll < 0.45) {
    const [operator = "", end = ""] = pick([
      ...[["<<'P'", "P"], ["<< 'P'", "P"], ['<<"P"', "P"], ["<<\\P", "P"]],
      ...[["<<P", "P"], ["<<-'P'", "\t\tP"], ["<<-P", "P"], ["<<'E-F'", "E-F"]],
      ...[["<<''P", "P"], ["<<P'Q'", "PQ"]],
    ], random);
    const lines = Array.from(
      { length: Math.floor(random() * 3) },
      () => pick([...TEXTS, " P", "P ", "\t", "PROMPT", '{"a": 1}'], random),
    );
    body = `\n${lines.map((line) => `${line}\n`).join("")}${end}\n`;
    if (random() < 0.3) before = `cat ${operator} | `;
    else after = ` ${operator}`;
  } else if (starts && roll < 0.55) {
    after = ` <<< ${spell(pick(TEXTS, random), random)}`;
  } else if (starts && roll < 0.62) {
    after = pick([" < prompt.md", " <prompt.md", ' < "./prompt.md"'], random);
  } else if (starts && roll < 0.72) {
    const text = spell(pick(TEXTS, random), random);
    before = pick(
      ["cat prompt.md | ", `echo ${text} | `, `printf '%s\\n' ${text} |\n`],
      random,
    );
  } else if (roll < 0.8) after = pick([" </dev/null", " < /dev/null"], random);
  if (random() < 0.2) after += pick([" 2>&1", " 2>/dev/null", " >&2"], random);
  if (random() < 0.25) {
    const filter = pick([
      ...["head -5", "tail -n 1", "grep -i 'a b'", 'jq -r ".a"', "cat -n"],
      ...["wc -l", "sort -k2,2 -u", "cut -d' ' -f1", "sed -n '1,5p'"],
      ...["jq '{run_id, s: .status}'", "tr -d '\\n'", "awk '{print $1}'"],
    ], random);
    after += pick([" | ", "|", " |\\\n"], random) + filter;
  }
  // After a here-document has begun, lines are not continued.
  const joined = words.map((word, index) =>
    index === 0 ? word : (body && before ? " " : gap()) + word
  ).join("");
  return before + joined + after + body;
}

function useOf(variable: string, random: Random): string {
  return pick(
    [`"$${variable}"`, `$${variable}`, `"\${${variable}}"`],
    random,
  );
}

/** A text as a word, in one of the ways to quote it. */
function spell(text: string, random: Random): string {
  const single = `'${text.replaceAll("'", `'\\''`)}'`;
  const double = `"${text.replaceAll(/["$`\\]/g, "\\$&")}"`;
  const ways = [single, double];
  if (/^[A-Za-z0-9@][A-Za-z0-9_@+:,./-]*$/.test(text)) ways.push(text, text);
  if (/^[\x20-\x7e]+$/.test(text)) {
    ways.push(text.replaceAll(/[^A-Za-z0-9]/g, "\\$&"));
  }
  if (/^[^"$`\\!]*$/.test(text)) ways.push(`"${text}"`);
  if (text.length > 1) {
    ways.push(spell(text.slice(0, 1), random) + spell(text.slice(1), random));
  }
  return pick(ways, random);
}

/** One of them. */
export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("there is nothing to pick from");
  return item;
}
