/** Whether the usage line of a help text is about this subcommand: for an unknown one, Codex prints the help of its parent. */
export function helpHasUsage(help: string, subcommand: string): boolean {
  const usage = help.split("\n").find((line) => line.startsWith("Usage:")) ??
    "";
  return new RegExp(`\\b${subcommand}\\b`).test(usage);
}

/** All flags that a help text lists, short and long. */
export function helpFlags(help: string): string[] {
  return help.split("\n").flatMap(lineFlags);
}

/** The lines of a help text about one option; empty if it is not listed. */
export function optionHelp(help: string, flag: string): string {
  const lines = help.split("\n");
  const start = lines.findIndex((line) => lineFlags(line).includes(flag));
  if (start < 0) return "";
  const length = lines.slice(start + 1).findIndex((line) =>
    lineFlags(line).length > 0
  );
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join(
    "\n",
  );
}

/** The values that an option's help offers, in one line or as a list; empty if it offers none. */
export function possibleValues(help: string): string[] {
  const inline = /\[possible values: ([^\]]+)\]/.exec(help)?.[1];
  if (inline !== undefined) {
    return inline.split(",").map((value) => value.trim());
  }
  const list = help.split(/^\s*Possible values:\s*$/im)[1] ?? "";
  return [...list.matchAll(/^\s*- ([\w-]+)/gm)].map((match) => match[1] ?? "");
}

/** Whether Codex itself says that it does not know this command line. Any other failure may be transient, and is not remembered. */
export function refusesCommandLine({ stderr }: { stderr: string }): boolean {
  return /unexpected argument|unrecognized subcommand|invalid value|usage:/i
    .test(stderr);
}

/** Options are indented by two or six; anything deeper is prose. */
function lineFlags(line: string): string[] {
  const match = /^ {2}(?:(-\w)(?:, |\s|$)| {4})(--[\w-]+)?/.exec(line);
  return [match?.[1], match?.[2]].filter((flag) => flag !== undefined);
}
