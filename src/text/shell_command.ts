/**
 * The command that the user wants to see: `/bin/bash -lc 'ls -l'` is shown as
 * `ls -l`, everything else unchanged.
 */
export function innerCommand(command: string): string {
  const wrapper = /^(?:\/(?:usr\/)?bin\/)?(?:ba|z|da)?sh\s+-l?c\s+/.exec(
    command,
  );
  if (!wrapper) return command;
  return unquote(command.slice(wrapper[0].length)) ?? command;
}

/** The single word that a shell reads from the text; `undefined` if it is not exactly one. */
function unquote(quoted: string): string | undefined {
  let word = "";
  let index = 0;
  while (index < quoted.length) {
    const character = quoted[index];
    if (character === "'") {
      const end = quoted.indexOf("'", index + 1);
      if (end < 0) return undefined;
      word += quoted.slice(index + 1, end);
      index = end + 1;
    } else if (character === '"') {
      index++;
      while (index < quoted.length && quoted[index] !== '"') {
        if (
          quoted[index] === "\\" && /[$`"\\\n]/.test(quoted[index + 1] ?? "")
        ) index++;
        word += quoted[index];
        index++;
      }
      if (index >= quoted.length) return undefined;
      index++;
    } else if (character === "\\") {
      word += quoted[index + 1] ?? "";
      index += 2;
    } else if (character === " " || character === "\n" || character === "\t") {
      return undefined;
    } else {
      word += character;
      index++;
    }
  }
  return word;
}
