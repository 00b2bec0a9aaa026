import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import {
  makeStage,
  PROGRAM_ARGS,
  resultStep,
  type Stage,
  steps,
} from "../support/stage.ts";

/** What is refused, with what exit code, and what the one line says. */
const REFUSED: [
  name: string,
  args: string[],
  stdin: string | Uint8Array<ArrayBuffer>,
  code: number,
  words: string,
][] = [
  ["an empty prompt", ["start"], "", 2, "it is empty"],
  ["a blank prompt", ["start"], " \n\t\n", 2, "it is empty"],
  [
    "a prompt that is not UTF-8",
    ["start"],
    new Uint8Array([0x61, 0xff, 0xfe]),
    2,
    "not UTF-8",
  ],
  [
    "a prompt over Codex's limit",
    ["start"],
    "x".repeat(1_048_577),
    2,
    "1048577 characters",
  ],
  [
    "two prompts",
    ["start", "--prompt", "a", "--prompt-file", "b"],
    "",
    2,
    "both --prompt and --prompt-file",
  ],
  [
    "a prompt file that is not there",
    ["start", "--prompt-file", "nowhere.md"],
    "",
    3,
    "nowhere.md",
  ],
  [
    "a prompt without quotes",
    ["start", "do", "it"],
    "",
    2,
    "put the prompt in quotes",
  ],
  ["a run id with a slash", ["start", "--run-id", "a/b"], "x", 2, '"a/b"'],
  ["a run id of dots", ["start", "--run-id", ".."], "x", 2, '".."'],
  [
    "a run id with a line break",
    ["start", "--run-id", "a\nb"],
    "x",
    2,
    '"a\\nb"',
  ],
  [
    "a run id of 300 characters",
    ["start", "--run-id", "a".repeat(300)],
    "x",
    2,
    "1 to 64",
  ],
  [
    "a timeout that is none",
    ["start", "--timeout", "banana"],
    "x",
    2,
    '"banana"',
  ],
  [
    "a sandbox that is none",
    ["start", "--sandbox", "readonly"],
    "x",
    2,
    '"readonly"',
  ],
  [
    "a project that is not registered",
    ["start", "--project", "shop"],
    "x",
    3,
    "agentctl add-project shop <path>",
  ],
  [
    "a project path that is gone",
    ["start", "--project", "./gone"],
    "x",
    3,
    "/gone",
  ],
  [
    "a profile name that is a path",
    ["start", "--profile", "../x"],
    "x",
    2,
    "../x",
  ],
  ["an unknown option", ["start", "--profil", "x"], "x", 2, "--profile"],
  [
    "an option without its value",
    ["start", "--title"],
    "x",
    2,
    "needs a value",
  ],
  ["an unknown command", ["strat"], "", 2, '"start"'],
  ["an unknown id", ["show", "nothing"], "", 3, "agentctl list"],
  ["an id that leaves the store", ["show", "../../x"], "", 2, "../../x"],
  ["@last without runs", ["wait", "@last"], "", 3, "no runs"],
  ["a status that is none", ["list", "--status", "runing"], "", 2, '"running"'],
  ["a limit that is none", ["list", "--limit", "0"], "", 2, "--limit"],
  ["a prompt that does not exist", ["prompt", "sparks"], "", 3, '"spark"'],
  [
    "a workspace that is not there",
    ["list", "--workspace", "nowhere"],
    "",
    3,
    "agentctl init nowhere",
  ],
];

Deno.test("bad input gets one clear line and its exit code, and leaves no half-made run", async () => {
  await using stage = await makeStage();
  for (const [name, args, stdin, code, words] of REFUSED) {
    const output = await stage.agentctl(args, { stdin });
    assertEquals(
      [output.code, output.stdout],
      [code, ""],
      `${name}: ${output.stderr}`,
    );
    assertStringIncludes(output.stderr, words, name);
    assertMatch(output.stderr, /^[A-Z][^\n]*[^.\n]\n$/, name);
  }
  assertEquals(await entries(join(stage.workspace, "runs")), []);
});

Deno.test("errors are JSON on stdout with --json, and the same words on stderr", async () => {
  await using stage = await makeStage();
  const output = await stage.agentctl(["show", "nothing", "--json"]);
  const { error } = JSON.parse(output.stdout);
  assertEquals(error.code, "not_found");
  assertEquals(error.message, output.stderr.trimEnd());
});

Deno.test("start names the program that is not installed", async () => {
  await using stage = await makeStage();
  for (const missing of ["codex", "tmux", "git"]) {
    const folder = join(stage.scratch.dir, `without-${missing}`);
    await Deno.mkdir(folder);
    for (
      const program of ["codex", "tmux", "git"].filter((program) =>
        program !== missing
      )
    ) {
      await Deno.symlink(await which(stage, program), join(folder, program));
    }
    const output = await stage.agentctl(["start"], {
      stdin: "x",
      env: { PATH: folder },
    });
    assertEquals([output.code, output.stdout], [5, ""]);
    assertStringIncludes(
      output.stderr,
      `${missing} is not on PATH; install it`,
    );
  }
  assertEquals(await entries(join(stage.workspace, "runs")), []);
});

Deno.test("a run id that is taken is refused and the run that has it stays", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("One", resultStep(true, "one")),
    "--run-id",
    "mine",
  );
  assertEquals(id, "mine");
  await stage.wait(id);
  const again = await stage.agentctl(["start", "--run-id", "mine"], {
    stdin: "x",
  });
  assertEquals(again.code, 2);
  assertStringIncludes(again.stderr, '"mine" is taken');
  assertEquals((await stage.show("mi"))["summary"], "one");
});

Deno.test("a shortened id that fits several runs is refused with their names", async () => {
  await using stage = await makeStage();
  for (const id of ["task-one", "task-two"]) {
    await stage.wait(
      await stage.start(steps(id, resultStep(true, id)), "--run-id", id),
    );
  }
  const output = await stage.agentctl(["show", "task"]);
  assertEquals(output.code, 2);
  assertStringIncludes(output.stderr, "task-one");
  assertStringIncludes(output.stderr, "task-two");
  assertEquals((await stage.show("@last"))["run_id"], "task-two");
});

Deno.test("a registered project whose folder is gone is named", async () => {
  await using stage = await makeStage();
  const folder = await Deno.makeTempDir({ dir: stage.scratch.dir });
  assertEquals(
    (await stage.agentctl([
      "add-project",
      "shop",
      folder,
      "--default-profile",
      "deep",
    ])).code,
    0,
  );
  const near = await stage.agentctl(["start", "--project", "shp"], {
    stdin: "x",
  });
  assertEquals(near.code, 3);
  assertStringIncludes(near.stderr, 'did you mean "shop"');
  await Deno.remove(folder);
  const output = await stage.agentctl(["start", "--project", "shop"], {
    stdin: "x",
  });
  assertEquals(output.code, 3);
  assertStringIncludes(output.stderr, folder);
});

Deno.test("a workspace that cannot be written and a full disk leave no half-made run", async () => {
  await using stage = await makeStage();
  const cannot = join(stage.scratch.dir, "file");
  await Deno.writeTextFile(cannot, "");
  const blocked = await stage.agentctl(["start"], {
    stdin: "x",
    env: { AI_ORCH_HOME: join(cannot, "x") },
  });
  assertEquals([blocked.code, blocked.stdout], [5, ""]);

  // A limit on the size of files behaves as a full disk does.
  const limited = await new Deno.Command("sh", {
    args: [
      "-c",
      'ulimit -f 1; trap "" XFSZ; exec "$@"',
      "sh",
      Deno.execPath(),
      ...PROGRAM_ARGS,
      "start",
      "--prompt",
      "x".repeat(5_000),
    ],
    cwd: stage.repository.dir,
    env: stage.env,
    clearEnv: true,
  }).output();
  const stderr = new TextDecoder().decode(limited.stderr);
  assertEquals(limited.code, 5, stderr);
  assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  assertEquals(await entries(join(stage.workspace, "runs")), []);
});

Deno.test("titles and prompts are data: nothing in them is run", async () => {
  await using stage = await makeStage();
  const pwned = join(stage.scratch.dir, "pwned");
  const evil =
    `$(touch ${pwned}) \`touch ${pwned}\` #(touch ${pwned}) #{pane_id} %H ; touch ${pwned};`;
  const id = await stage.start(
    steps(
      evil,
      { say: evil + "\x1b]52;c;aGk=\x07\x1b]0;title\x07" },
      resultStep(true, evil),
    ),
    "--title",
    evil,
  );
  const { record, code } = await stage.wait(id);
  assertEquals(code, 0);
  assertEquals(record["summary"], evil);
  await new Deno.Command("tmux", {
    args: ["display-message", "-p", "#{pane_title}"],
    env: stage.env,
    clearEnv: true,
  }).output();
  assert(!(await entries(stage.scratch.dir)).includes("pwned"));
});

async function which(stage: Stage, program: string): Promise<string> {
  for (const folder of (stage.env["PATH"] ?? "").split(":")) {
    const path = join(folder, program);
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error(`${program} is not on PATH`);
}

async function entries(folder: string): Promise<string[]> {
  const names = [];
  try {
    for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}
