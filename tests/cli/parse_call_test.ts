import { assertEquals, assertThrows } from "@std/assert";
import type { Command, OptionValues } from "../../src/cli/command.ts";
import { parseCall } from "../../src/cli/parse_call.ts";
import { AgentctlError } from "../../src/system/errors.ts";

const command: Command = {
  name: "start",
  summary: "",
  usage: "start",
  description: "",
  options: [
    { name: "prompt", alias: "p", value: "TEXT", help: "" },
    { name: "title", value: "T", help: "" },
    { name: "after", value: "ID", repeatable: true, help: "" },
    { name: "any", help: "" },
    { name: "net", help: "" },
    { name: "no-net", help: "" },
  ],
  examples: [],
  run: () => Promise.resolve(0),
};

const CALLS: [string[], string[], OptionValues][] = [
  [[], [], {}],
  [["a", "b"], ["a", "b"], {}],
  [["a", "--any", "b"], ["a", "b"], { any: true }],
  [["a", "--no-net", "b"], ["a", "b"], { "no-net": true }],
  [["--title", "t", "a"], ["a"], { title: "t" }],
  [["a", "--title=t"], ["a"], { title: "t" }],
  [["-p", "x", "-h"], [], { prompt: "x", help: true }],
  [["-p=x"], [], { prompt: "x" }],
  // Values may look like anything.
  [["--prompt", "-x"], [], { prompt: "-x" }],
  [["--prompt", "--any"], [], { prompt: "--any" }],
  [["--prompt", "--"], [], { prompt: "--" }],
  [["--prompt=--title=t"], [], { prompt: "--title=t" }],
  [["--title=a=b"], [], { title: "a=b" }],
  [["--prompt", ""], [], { prompt: "" }],
  [["--prompt", "", "a"], ["a"], { prompt: "" }],
  [["--prompt=", "a"], ["a"], { prompt: "" }],
  [["--prompt", "line\nbreak=x\n"], [], { prompt: "line\nbreak=x\n" }],
  [["--prompt", " x "], [], { prompt: " x " }],
  [["--title", "007", "1e3"], ["1e3"], { title: "007" }],
  [["--title", "true", "--any"], [], { title: "true", any: true }],
  [["--title", "a", "--title", "b"], [], { title: "b" }],
  [["--after", "a", "x", "--after=b"], ["x"], { after: ["a", "b"] }],
  [["--after", ""], [], { after: [""] }],
  // Words of their own.
  [["-", ""], ["-", ""], {}],
  [["--any", "true"], ["true"], { any: true }],
  [["--any", "false", "x"], ["false", "x"], { any: true }],
  [["a", "--", "--any", "--", "-x"], ["a", "--any", "--", "-x"], {}],
  [["--", "--help"], ["--help"], {}],
];

for (const [words, args, options] of CALLS) {
  Deno.test(`parseCall() of ${JSON.stringify(words)}`, () => {
    const parsed = parseCall(command, words);
    assertEquals([parsed.args, parsed.options], [args, options]);
  });
}

Deno.test("parseCall() refuses what the command does not know, and suggests", () => {
  const refused: [string[], string][] = [
    [["--titel", "x"], 'did you mean "--title"'],
    [["--titel=x"], 'Cannot use "--titel": agentctl start has no such option'],
    [["--Json"], 'did you mean "--json"'],
    [["-x"], 'Cannot use "-x": agentctl start has no such option'],
    [["-undefined"], "no such option"],
    [["--__proto__"], "no such option"],
    [["--no-any"], "no such option"],
    [["---any"], "no such option"],
    [["--title"], 'it needs a value, as in "--title T"'],
    [["a", "-p"], 'it needs a value, as in "-p TEXT"'],
    [["--any=true"], "--any takes no value"],
    [["--json="], "--json takes no value"],
  ];
  for (const [words, message] of refused) {
    const error = assertThrows(
      () => parseCall(command, words),
      AgentctlError,
      message,
    );
    assertEquals(error.exitCode, 2);
  }
});

Deno.test("parseCall() keeps what stands behind -- for a command that passes it on", () => {
  const { args, rest, options } = parseCall(
    { ...command, passesOn: true },
    ["a", "--any", "--", "b", "--title"],
  );
  assertEquals([args, rest, options], [["a"], ["b", "--title"], { any: true }]);
});
