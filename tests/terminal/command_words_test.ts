import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import {
  ALIASES,
  commandFirst,
  HABITS,
} from "../../src/terminal/command_words.ts";

const isCommand = (name: string) =>
  COMMANDS.some((command) => command.name === name);

Deno.test("commandFirst() finds the command behind options, but not in their values", () => {
  const cases: [words: string, found: string][] = [
    ["list --json", "list --json"],
    ["--json list", "list --json"],
    ["--json ls -n 3", "list --json -n 3"],
    ["--workspace list show x", "show --workspace list x"],
    ["--workspace=list show x", "show --workspace=list x"],
    ["--title Fix start x", "start --title Fix x"],
    ["nonsense list", "nonsense list"],
    ["--title=Fix it start", "--title=Fix it start"],
    ["-- list", "-- list"],
    ["--json", "--json"],
    ["", ""],
  ];
  for (const [words, found] of cases) {
    assertEquals(
      commandFirst(words.split(" "), isCommand).join(" "),
      found,
      words,
    );
  }
});

Deno.test("no command has the name of an alias or of a habit", () => {
  for (const word of [...Object.keys(ALIASES), ...HABITS.keys()]) {
    assertEquals(isCommand(word), false, word);
  }
  for (const name of Object.values(ALIASES)) {
    assertEquals(isCommand(name), true);
  }
});
