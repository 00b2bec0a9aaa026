/** What tmux is asked for in one line, under our own names. */
export interface Fields<Name extends string> {
  /** The format of the line. */
  format: string;
  /** The value of each name in a line; empty if the line is too short. */
  read(line: string): (name: Name) => string;
}

/** Combines several tmux formats into one line. Only the value of the last one may contain spaces. */
export function makeFields<Name extends string>(
  formats: Record<Name, string>,
): Fields<Name> {
  const names = Object.keys(formats);
  const last = names.length - 1;
  return {
    format: Object.values(formats).join(" "),
    read(line) {
      const words = line.split(" ");
      return (name) => {
        const index = names.indexOf(name);
        return index === last
          ? words.slice(last).join(" ")
          : words[index] ?? "";
      };
    },
  };
}
