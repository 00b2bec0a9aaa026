import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { optionsOf } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { usageOf } from "../../src/cli/help.ts";
import { parseCall } from "../../src/cli/parse_call.ts";
import { callCli } from "./call_cli.ts";

Deno.test("every command has a help with usage, all its options and an example", async () => {
  for (const entry of COMMANDS) {
    const command = await entry.load();
    assertEquals(command.name, entry.name);
    const usage = usageOf(command);
    assert(usage.startsWith(command.name), command.name);
    const help = await callCli(["help", command.name]);
    assertEquals([help.code, help.stderr], [0, ""]);
    assertStringIncludes(help.stdout, `Usage: agentctl ${usage}\n`);
    assertStringIncludes(help.stdout, command.description);
    for (const [name, spec] of Object.entries(optionsOf(command))) {
      assertStringIncludes(help.stdout, `--${name}`);
      assert(spec.help.length > 5, `${command.name} --${name}`);
    }
    assert(command.examples.length > 0, command.name);
    for (const example of command.examples) {
      assertStringIncludes(help.stdout, example.split("\n", 1)[0] ?? "");
    }
    if (!command.raw) assertEquals(await callCli([command.name, "-h"]), help);
  }
});

Deno.test("every example of the help is a call that its command understands", async () => {
  for (const entry of COMMANDS) {
    const command = await entry.load();
    for (const example of command.examples) {
      const [line = ""] = example.split(/\n| <<| \| | < /, 1);
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) =>
        match[1] ?? match[2] ?? ""
      );
      // Some show how another program calls this one.
      if (words[0] !== "agentctl") continue;
      assertEquals(words[1], command.name, example);
      if (!command.raw) parseCall(command, words.slice(2));
    }
  }
});

Deno.test("every option that the usage names exists", async () => {
  for (const entry of COMMANDS) {
    const command = await entry.load();
    const known = Object.keys(optionsOf(command));
    for (const [, name = ""] of usageOf(command).matchAll(/--([a-z-]+)/g)) {
      assert(known.includes(name), `${command.name} --${name}`);
    }
  }
});

Deno.test("the help of the program lists every command but the hidden ones, within 100 columns", async () => {
  const { code, stdout } = await callCli(["--help"]);
  assertEquals(code, 0);
  for (const { name, hidden } of COMMANDS) {
    assertEquals(stdout.includes(`\n  ${name} `), !hidden, name);
  }
  for (const line of stdout.split("\n")) assert(line.length <= 100, line);
  assertEquals(await callCli(["-h"]), { code, stdout, stderr: "" });
  assertEquals(await callCli(["help"]), { code, stdout, stderr: "" });
  assertEquals((await callCli([])).code, 2);
});
