import { assertEquals, assertThrows } from "@std/assert";
import { AgentctlError } from "../../src/system/errors.ts";
import { flag, text } from "../../src/terminal/option_spec.ts";
import type { GivenValue } from "../../src/text/option_value.ts";
import { readOptions, sortWords } from "../../src/terminal/parse_options.ts";

const SPECS = {
  prompt: text("TEXT", "", "p"),
  title: text("T", ""),
  after: { kind: "list", value: "ID", of: "runs", help: "" },
  any: flag(""),
  net: flag(""),
  "no-net": flag(""),
  json: flag(""),
  help: flag("", "h"),
} as const;

const CALLS: [string[], string[], Record<string, GivenValue>][] = [
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

Deno.test("sortWords() tells options from arguments, and keeps every value as it is", () => {
  for (const [words, args, given] of CALLS) {
    const sorted = sortWords(SPECS, words, "agentctl start");
    assertEquals(
      [[...sorted.args, ...sorted.rest], sorted.given],
      [args, given],
      JSON.stringify(words),
    );
  }
});

Deno.test("sortWords() refuses what the command does not know, and suggests", () => {
  const refused: [string[], string][] = [
    [["--titel", "x"], 'did you mean "--title"'],
    [["--titel=x"], 'Cannot use "--titel": agentctl start has no such option'],
    [["--Json"], 'did you mean "--json"'],
    [["-x"], 'Cannot use "-x": agentctl start has no such option'],
    [["-undefined"], "no such option"],
    [["--__proto__"], "no such option"],
    [["--no-any"], "no such option"],
    [["--no-any=x"], 'Cannot use "--no-any"'],
    [["--no-net=x"], "--no-net takes no value"],
    [["--no-title=x"], 'Cannot use "--no-title"'],
    [["-px"], 'Cannot use "-px"'],
    [["-hh"], 'Cannot use "-hh"'],
    [["--=x"], 'Cannot use "--=x"'],
    [["-=x"], 'Cannot use "-=x"'],
    [["--after.x=y"], 'Cannot use "--after.x"'],
    [["--_", "x"], 'Cannot use "--_"'],
    [["---any"], "no such option"],
    [["--title"], 'it needs a value, as in "--title T"'],
    [["a", "-p"], 'it needs a value, as in "-p TEXT"'],
    [["--any=true"], "--any takes no value"],
    [["--json="], "--json takes no value"],
  ];
  for (const [words, message] of refused) {
    const error = assertThrows(
      () => sortWords(SPECS, words, "agentctl start"),
      AgentctlError,
      message,
    );
    assertEquals(error.exitCode, 2);
  }
});

Deno.test("sortWords() keeps what follows -- apart", () => {
  const words = ["a", "--any", "--", "b", "--title"];
  assertEquals(sortWords(SPECS, words, "x"), {
    args: ["a"],
    rest: ["b", "--title"],
    given: { any: true },
  });
});

const KINDS = {
  "older-than": { kind: "duration", value: "D", preset: "7d", help: "" },
  keep: { kind: "number", value: "N", from: 0, to: 9, preset: "5", help: "" },
  by: { kind: "choice", value: "B", choices: ["day", "run"], help: "" },
  "dry-run": flag(""),
  id: { ...text("ID", ""), required: "name the run" },
} as const;

Deno.test("readOptions() gives each value in its type, and presets", () => {
  assertEquals(readOptions(KINDS, { id: "x" }, "clean"), {
    olderThanMs: 7 * 86_400_000,
    keep: 5,
    dryRun: false,
    id: "x",
  } as ReturnType<typeof readOptions<typeof KINDS>>);
  const given = {
    ...{ "older-than": "1m", keep: "0", by: "day", "dry-run": true, id: "" },
  };
  const values = readOptions(KINDS, given, "clean");
  // The types are part of what is tested.
  const by: "day" | "run" | undefined = values.by;
  const sum: number = values.olderThanMs + values.keep;
  assertEquals([by, sum, values.dryRun, values.id], ["day", 60_000, true, ""]);
});

Deno.test("readOptions() refuses a value that its option does not take, and asks for what is missing", () => {
  const refused: [Record<string, GivenValue>, string][] = [
    [{ id: "x", keep: "10" }, '--keep "10": give a whole number from 0 to 9'],
    [{ id: "x", keep: "" }, '--keep "": give a whole number'],
    [{ id: "x", "older-than": "x" }, '--older-than "x": give a duration'],
    [{ id: "x", by: "dya" }, 'did you mean "day"'],
    [{}, "Cannot clean: name the run"],
  ];
  for (const [given, message] of refused) {
    assertThrows(
      () => readOptions(KINDS, given, "clean"),
      AgentctlError,
      message,
    );
  }
});
