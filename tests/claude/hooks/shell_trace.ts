import { join } from "@std/path";
import { temporaryFolder } from "../../support/temporary_folder.ts";

/** A program that a shell has started, as it saw itself. */
export interface Started {
  name: string;
  /** The folder in which it ran. */
  cwd: string;
  args: string[];
  /** Its input; of agentctl only. */
  stdin: string;
}

/** What agentctl prints in the shells, and filters behind it: the id of a run. */
export const PRINTED = "20260102-030405-a1b2";

/** The text of every file. */
export const FILE_TEXT = "text";

const FILTERS = [
  ...["head", "tail", "grep", "egrep", "fgrep", "jq", "wc", "sort", "uniq"],
  ...["cut", "tr", "column", "nl", "tac", "fold", "sed", "awk"],
];

/** Functions in place of every program, in what all shells have: each notes its words, and agentctl its input. */
const STAND_INS = `
slurp() {
  input=
  while IFS= read -r line; do input="$input$line
"; done
  input="$input$line"
}
note() {
  name=$1; shift
  printf '%s\\0' "$name" "$PWD" "$#" "$@" "$input" >&8
}
agentctl() {
  slurp; note agentctl "$@"; echo ${PRINTED}
  return $(( fails * ($# % 2) ))
}
filter() { slurp; input=; note "$@"; echo ${PRINTED}; }
timeout() { shift; "$@"; }
cat() {
  case \${1-} in
    '') slurp; printf '%s' "$input" ;;
    -*) filter cat "$@" ;;
    *) for file; do IFS= read -r line < "$file"; printf '%s' "$line"; done ;;
  esac
}
${FILTERS.map((name) => `${name}() { filter ${name} "$@"; }`).join("\n")}
here=$PWD
which() { :; }
run() {
  fails=$2
  eval "$1" < /dev/null > /dev/null || :
  set +eu; cd "$here"; unset A RUN_ID id2 P
  printf '\\001\\0' >&8
}
`;

/**
 * Lets a shell run texts, one after another, in a folder that has the files
 * `prompt.md` in each folder; no program is really started. Every other text has
 * calls that fail. Returns what each text has started, and what the shell
 * complained about.
 */
export async function traceShell(
  shell: string,
  texts: readonly string[],
  folder: string,
): Promise<{ started: Started[][]; stderr: string }> {
  await using own = await temporaryFolder();
  const script = join(own.path, "script");
  const log = join(own.path, "log");
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  await Deno.writeTextFile(
    script,
    STAND_INS +
      texts.map((text, index) => `run ${quote(text)} ${index % 2}\n`).join(""),
  );
  const { stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$1" "$2" 8> "$3"', "sh", shell, script, log],
    cwd: folder,
    env: { HOME: folder, PATH: "/nowhere", LC_ALL: "C.UTF-8" },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
  }).output();
  const words = (await Deno.readTextFile(log)).split("\0");
  return {
    started: readLog(words),
    // A text may send what is printed there, or move to a folder that is missing.
    stderr: new TextDecoder().decode(stderr)
      .replaceAll(`${PRINTED}\n`, "").replaceAll(/^.*\bcd\b.*\n/gm, ""),
  };
}

function readLog(words: string[]): Started[][] {
  const all: Started[][] = [];
  let started: Started[] = [];
  for (let at = 0; at < words.length - 1;) {
    const name = words[at++] ?? "";
    if (name === "\x01") {
      all.push(started);
      started = [];
      continue;
    }
    const cwd = words[at++] ?? "";
    const count = Number(words[at++]);
    const args = words.slice(at, at + count);
    at += count;
    started.push({ name, cwd, args, stdin: words[at++] ?? "" });
  }
  return all;
}
