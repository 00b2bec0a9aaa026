/** What tmux is asked for in one line, by names of ours. */
export interface Fields<Name extends string> {
  /** The format of the line. */
  format: string;
  /** What a line says of each name; empty where the line is too short. */
  read(line: string): (name: Name) => string;
}

/** Makes one line of several formats of tmux. Only what the last one says may hold spaces. */
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
