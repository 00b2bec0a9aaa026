/** What a program may be made of besides fields, variables and literals. None of these reads a file, or anything but the input. */
const KNOWN = new Set(
  `add all and any arrays as ascii_downcase ascii_upcase booleans capture ceil
  catch contains debug del delpaths elif else empty end endswith error explode
  false first flatten floor foreach from_entries fromdateiso8601 fromjson
  getpath group_by gsub has if implode in index indices infinite input inputs
  inside isempty isnan isvalid iterables join keys keys_unsorted label last
  leaf_paths length limit ltrimstr map map_values match max max_by min min_by
  nan not now nth null nulls numbers objects or path paths pick range recurse
  reduce reverse rindex round rtrimstr scalars scan select sort sort_by split
  splits sqrt startswith strings sub tan test then to_entries todateiso8601
  tojson tonumber tostring transpose trim ltrim rtrim true try type unique
  unique_by utf8bytelength values walk with_entries`.split(/\s+/),
);

const FORMATS = /@(?:text|json|html|uri|csv|tsv|sh|base64|base64d)\b/y;
const FIELD = /\.[A-Za-z_][A-Za-z0-9_]*/y;
const VARIABLE = /\$(?!ENV\b|__)[A-Za-z_][A-Za-z0-9_]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const LITERAL = /[ \t\n]+|\d+(?:\.\d+)?|\.\.?|\?\/\/|[|,;?=!<>+*/%-]|:(?!:)/y;
const IN_STRING = /(?:[^"\\]|\\["\\/bfnrt])+/y;

const CLOSING: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

/**
 * Whether a program of jq only computes something from its input: it names no
 * module, no file and no variable of the environment, and nothing that this does
 * not know.
 */
export function isPureJq(program: string): boolean {
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(program)?.[0] ?? null;
    at += found?.length ?? 0;
    return found;
  };
  /** What closes each open bracket; `"` for one in a string. */
  const open: string[] = [];
  /** The bracket or comma before; an object's key follows it. */
  let before = "";
  let isInString = false;
  while (at < program.length) {
    const char = program.charAt(at);
    if (isInString) {
      if (take(IN_STRING) !== null) continue;
      if (program.startsWith("\\(", at)) {
        at += 2;
        open.push('"');
      } else if (char === '"') at++;
      else return false;
      isInString = false;
      continue;
    }
    if (take(/[ \t\n]+/y) !== null) continue;
    const isKey = open.at(-1) === "}" && "{,".includes(before);
    before = " ";
    if (char === '"') {
      at++;
      isInString = true;
    } else if (char in CLOSING) {
      at++;
      open.push(CLOSING[char] ?? "");
      before = char;
    } else if (")]}".includes(char)) {
      at++;
      const closed = open.pop();
      if (closed === '"' && char === ")") isInString = true;
      else if (closed !== char) return false;
    } else if (take(FIELD) ?? take(VARIABLE) ?? take(FORMATS)) {
      continue;
    } else {
      const name = take(NAME);
      if (name !== null) {
        if (!isKey && !KNOWN.has(name)) return false;
      } else if (take(LITERAL) === null) return false;
      else if (char === ",") before = char;
    }
  }
  return open.length === 0 && !isInString;
}
