import { assertEquals } from "@std/assert";
import { innerCommand } from "../../src/text/shell_command.ts";

Deno.test("innerCommand() unwraps the shell around a command", () => {
  const cases: [string, string][] = [
    ["/bin/bash -lc 'ls -l'", "ls -l"],
    [`/bin/bash -lc "echo \\"\\$HOME\\" it's"`, `echo "$HOME" it's`],
    [`/bin/bash -lc 'it'"'"'s'`, "it's"],
    ["bash -lc ls", "ls"],
    ["/usr/bin/zsh -c 'a\nb'", "a\nb"],
  ];
  for (const [wrapped, inner] of cases) {
    assertEquals(innerCommand(wrapped), inner);
  }
});

Deno.test("innerCommand() leaves everything else alone", () => {
  for (
    const command of [
      "ls -l",
      "bash script.sh",
      "/bin/bash -lc 'a' b",
      "/bin/bash -lc 'open",
      "bash -lc a\\ b c",
    ]
  ) {
    assertEquals(innerCommand(command), command);
  }
});
