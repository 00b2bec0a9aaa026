import { basename } from "@std/path";

/** What only reads the files that it names, unless its output goes to one. */
const READERS =
  /^(\[|awk|cat|cd|cmp|diff|du|echo|file|find|e?grep|head|hexdump|jq|less|ls|md5sum|more|nl|od|printf|rg|sed|sha\d*sum|sort|stat|tail|test|tree|uniq|wc|xxd)$/;

const READING_GIT =
  /^git\s+(-\S+\s+)*(blame|diff|grep|log|ls-files|rev-parse|show|status)\b/;

/** Whether a shell command seems to write to a file; the path is from the top of the work tree, the command may run further down. */
export function writesTo(command: string, path: string): boolean {
  return withoutShell(command).split(/[;|\n]|&&/).some((part) => {
    const words = part.split(/[\s<>()"'`=,;&]+/).filter((word) => word !== "");
    // A name with a space is in quotes, and a word of its own nowhere.
    const quoted = [path, basename(path)].filter((name) => /\s/.test(name));
    const isNamed = words.some((word) => isSame(word, path)) ||
      quoted.some((name) => part.includes(name));
    if (!isNamed) return false;
    const targets = [...part.matchAll(TARGET)]
      .map(([, double, single, plain]) => double ?? single ?? plain ?? "");
    if (targets.some((target) => isSame(target, path))) return true;
    const [program = ""] = words;
    const isInPlace = program === "sed" && /\s(-\w*i|--in-place)/.test(part);
    return isInPlace ||
      !READERS.test(basename(program)) && !READING_GIT.test(part.trim());
  });
}

/** Where the output of a command goes. */
const TARGET = />+\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>&]+))/g;

/** What `bash -lc '…'` runs. */
function withoutShell(command: string): string {
  const [, script] = /^\S*sh\s+-\w*c\s+(.*)$/s.exec(command) ?? [];
  return script?.replace(/^(["'])(.*)\1$/s, "$2") ?? command;
}

function isSame(word: string, path: string): boolean {
  const plain = word.replace(/^(\.{1,2}\/)+/, "");
  return plain !== "" && (plain === path || path.endsWith(`/${plain}`) ||
    plain.startsWith("/") && plain.endsWith(`/${path}`));
}
