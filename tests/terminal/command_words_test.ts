import { assertEquals } from "@std/assert";
import { COMMANDS, orderWords } from "../../src/cli/commands.ts";
import { COMMAND_RULES } from "../../src/permission/call_rules.ts";
import { readCall } from "../../src/permission/read_call.ts";
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

Deno.test("behind options the command line and the hook find the same command", () => {
  const names = new Set([
    ...COMMANDS.map(({ name }) => name),
    ...Object.keys(COMMAND_RULES),
    ...Object.keys(ALIASES),
    ...HABITS.keys(),
    ...["version", "help", "x"],
  ]);
  for (const name of names) {
    for (const last of ["list", "trust", "help", "_hook"]) {
      for (const words of [["--json", name, last], ["--json", "x", name]]) {
        const read = readCall(["agentctl", ...words], null);
        if (read === null) continue;
        assertEquals(read.name, orderWords(words)[0], words.join(" "));
      }
    }
  }
});
