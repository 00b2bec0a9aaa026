import { COMMAND_RULES } from "../../permission/call_rules.ts";
import { readScript, type Script, UNKNOWN } from "./shell_script.ts";
import { ignore } from "../../system/ignore.ts";

/** These start the program that follows their own words. */
const STARTERS = new Set([
  ...["env", "command", "builtin", "exec", "sudo", "doas", "nohup", "setsid"],
  ...["nice", "ionice", "timeout", "stdbuf", "chrt", "taskset", "unshare"],
  ...[
    "strace",
    "ltrace",
    "watch",
    "flock",
    "unbuffer",
    "su",
    "runuser",
    "perf",
  ],
  ...[
    "chroot",
    "nsenter",
    "systemd-run",
    "busybox",
    "xargs",
    "parallel",
    "time",
  ],
  ...[
    "catchsegv",
    "faketime",
    "firejail",
    "bwrap",
    "proot",
    "fakeroot",
    "tmux",
  ],
  ...["source", ".", "hash", "coproc", "entr", "script", "screen", "setarch"],
]);

/** These read a script: from an argument, a file, or their input. */
const SHELLS = new Set([
  ...["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "eval", "trap", "su"],
  ...["source", ".", "xargs", "parallel", "ssh", "script", "watch", "busybox"],
  ...["env", "tmux", "screen"],
]);

/** These only print, search or store what they are given, whatever its words are. */
const READERS = new Set([
  ...["echo", "printf", "cat", "grep", "egrep", "fgrep", "rg", "ag", "ls"],
  ...["which", "whereis", "type", "man", "git", "head", "tail", "less", "file"],
  ...["stat", "wc", "mkdir", "touch", "rm", "cp", "mv", "ln", "chmod", "cd"],
  ...[
    "test",
    "[",
    "[[",
    "sed",
    "awk",
    "jq",
    "find",
    "fd",
    "tee",
    "diff",
    "tree",
  ],
  ...["pgrep", "ps", "du", "realpath", "readlink", "basename", "dirname"],
]);

/** Words after which a command begins. */
const KEYWORDS = new Set([
  ...["if", "then", "else", "elif", "while", "until", "do", "!", "{", "time"],
  ...["function", "coproc"],
]);

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=/s;

/** Anywhere in a text that cannot be read. */
const ANYWHERE = /(?:^|[^\w.-])agentctl(?![\w-])/;

/**
 * Whether a command text names agentctl as a program to run, however it is
 * spelled: by its path, after `env`, assignments or `cd`, in a pipe, a list, a
 * loop, a substitution, or in a text that is passed to a shell. A text that
 * cannot be read counts if it contains the word. Searching for the word, or
 * writing it somewhere, does not count.
 */
export function namesAgentctl(text: string): boolean {
  let script: Script;
  try {
    script = readScript(text);
  } catch (error) {
    ignore(
      error,
      "a script that cannot be read counts if it contains the word",
    );
    return ANYWHERE.test(text);
  }
  const { commands, texts } = script;
  if (commands.some(runsAgentctl)) return true;
  if (!commands.some(hasShell)) return false;
  return [...texts, ...commands.flat()].some((inner) =>
    inner !== text && inner.includes("agentctl") && namesAgentctl(inner)
  );
}

function runsAgentctl(words: readonly string[]): boolean {
  const [program = "", ...args] = withoutPrefix(words);
  if (isAgentctl(program)) return true;
  if (program === "alias") return args.some((word) => /^agentctl=/.test(word));
  // "command -v" only looks it up.
  if (program === "command" && /^-[vV]/.test(args[0] ?? "")) return false;
  const name = nameOf(program);
  const at = args.findIndex(isAgentctl);
  if (at < 0) return false;
  if (STARTERS.has(name) || SHELLS.has(name)) return true;
  const isExec = ["find", "fd"].includes(name) &&
    args.slice(0, at).some((word) => /^(-exec|-ok|-x|-X|--exec)/.test(word));
  if (isExec) return true;
  return !READERS.has(name) && isCommandName(args[at + 1] ?? "");
}

/** The words of a command, starting with its program. */
function withoutPrefix(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) =>
    !KEYWORDS.has(word) && !ASSIGNMENT.test(word)
  );
  return start < 0 ? [] : words.slice(start);
}

function hasShell(words: readonly string[]): boolean {
  const [program = "", ...args] = withoutPrefix(words);
  if (SHELLS.has(nameOf(program))) return true;
  return STARTERS.has(nameOf(program)) &&
    args.some((word) => SHELLS.has(nameOf(word)));
}

/** Also across characters that end a word for a reader but not for a shell, and with expansions that may be empty. */
function isAgentctl(word: string): boolean {
  const [visible = ""] = word.replaceAll(UNKNOWN, "").split(/[^\x21-\x7e]/);
  return nameOf(visible) === "agentctl" || /[{,]agentctl[,}]/.test(visible);
}

function nameOf(program: string): string {
  return program.slice(program.lastIndexOf("/") + 1);
}

function isCommandName(word: string): boolean {
  return Object.hasOwn(COMMAND_RULES, word) || /^_[a-z]/.test(word);
}
