import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { COMMANDS } from "../../src/cli/commands.ts";
import { compile } from "../support/compile.ts";
import { makeScratch } from "../support/scratch.ts";
import { bundleProgram } from "../../src/install/compile_program.ts";
import { sourceUrl } from "../system/source_process.ts";

const PROBE = fromFileUrl(new URL("./permission_probe.ts", import.meta.url));

/** Deno takes a socket in the file system for a file, so that read and write cover it; it leads to no network. */
const ALLOWED = [
  "unix socket",
  "hostname",
  "git",
  "tmux",
  "read",
  "write",
  "environment",
];

Deno.test("a program with the permissions of the binary opens no network socket, loads no library, asks only for the name of the machine and starts git and tmux alone", async () => {
  await using scratch = await makeScratch();
  const probe = join(scratch.dir, "probe");
  await compile(PROBE, probe);
  for (const name of ["library.so", "git"]) {
    await Deno.writeTextFile(join(scratch.dir, name), "#!/bin/sh\n", {
      mode: 0o755,
    });
  }
  const { stdout, stderr } = await new Deno.Command(probe, {
    args: [join(scratch.dir, "library.so"), scratch.dir],
    env: scratch.env,
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertNotEquals(stdout.length, 0, decoder.decode(stderr));
  const outcomes: Record<string, string> = JSON.parse(decoder.decode(stdout));
  const done = Object.keys(outcomes).filter((name) =>
    outcomes[name] === "done"
  );
  assertEquals(done, ALLOWED, JSON.stringify(outcomes, null, 2));
  assertEquals(Object.keys(outcomes).length, ALLOWED.length + 20);
});

/** Puts an attempt to write in the place of a command's work, and says how it ended. */
const WRITE_INSTEAD = `
import { COMMANDS } from ${sourceUrl("src/cli/commands.ts")};
import { runCli } from ${sourceUrl("src/cli/run_cli.ts")};
const [file, name, ...options] = Deno.args;
const command = await COMMANDS.find((entry) => entry.name === name).load();
let outcome = "never run";
command.run = async () => {
  const attempts = [
    () => Deno.writeTextFile(file, ""),
    () => Deno.mkdir(file),
    () => Deno.remove(file),
    () => Deno.permissions.request({ name: "write" }).then(({ state }) => {
      if (state !== "granted") throw new Deno.errors.NotCapable(state);
    }),
  ];
  const ends = [];
  for (const attempt of attempts) {
    ends.push(await attempt().then(() => "done", (error) => error.name));
  }
  outcome = ends.join(" ");
  return 0;
};
const env = Deno.env.toObject();
await runCli([name, ...options], { cwd: Deno.cwd(), env }, { print() {}, say() {} });
console.log(outcome);
Deno.exit(0);
`;

Deno.test("the reading commands cannot write", async () => {
  await using scratch = await makeScratch();
  /** Calls of commands that read. */
  const reading: string[][] = [];
  for (const entry of COMMANDS) {
    const { name, args, readOnly } = await entry.load();
    const words = [name, ...args.includes("<") ? ["x"] : []];
    if (typeof readOnly === "object" && "with" in readOnly) {
      reading.push([...words, `--${readOnly.with}`]);
    } else if (readOnly) reading.push(words);
  }
  const names = reading.map((words) => words.join(" "));
  for (
    const call of [
      ...["list", "inbox", "projects", "prompt", "tail", "chain x"],
      ...["doctor", "send x --list", "trust --show"],
    ]
  ) assert(names.includes(call), `${call} could write`);
  const source = join(scratch.dir, "write_instead.ts");
  await Deno.writeTextFile(source, WRITE_INSTEAD);
  const folder = join(scratch.dir, "bundle");
  // It starts many times, and in a tenth of the time from one module.
  const main = await bundleProgram(source, folder, {
    checkout: fromFileUrl(new URL("../../", import.meta.url)),
    env: Deno.env.toObject(),
    pieces: false,
  });
  const flags = ["-q", "-P", "--config", join(folder, "deno.json")];
  const attempt = async (...words: string[]) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", ...flags, join(folder, main)],
        ...[join(scratch.dir, words.join("")), ...words],
      ],
      env: scratch.env,
      clearEnv: true,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return decoder.decode(stdout) + decoder.decode(stderr);
  };
  for (const words of reading) {
    assertEquals(
      (await attempt(...words)).trim(),
      "NotCapable NotCapable NotCapable NotCapable",
      words.join(" "),
    );
  }
  // One that does write shows that the attempts are real.
  assertEquals(
    (await attempt("ack", "--all")).trim(),
    "done AlreadyExists done done",
  );
});
