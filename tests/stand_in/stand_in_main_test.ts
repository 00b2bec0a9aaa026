import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { parseEvent } from "../../src/codex/events.ts";
import { EXEC, nth, script, withPlace } from "./call.ts";
import { until } from "../support/until.ts";

const RESULT = {
  goal_met: true,
  summary: "done",
  followup_prompt: "",
  notes: "",
};
const MISSING = "0199f1a2-0000-7000-8000-000000000000";

Deno.test("standInMain() follows a script and prints the events of Codex", async () => {
  await withPlace(async ({ call, folder, read }) => {
    const { code, events, stderr } = await call(
      [...EXEC, "-"],
      "Please.\n" + script(
        { say: "hello" },
        { think: "hm" },
        { write: { path: "sub/a.txt", text: "one\n" } },
        { append: { path: "sub/a.txt", text: "two\n" } },
        {
          run: { command: "echo it's", output: "it's\n", exit_code: 3, ms: 1 },
        },
        { result: RESULT },
      ),
    );
    assertEquals(code, 0);
    assertEquals(stderr, "");
    assertEquals(
      events.map((event) =>
        [event.type, event.item?.type].filter(Boolean).join(" ")
      ),
      [
        "thread.started",
        "turn.started",
        "item.completed agent_message",
        "item.completed reasoning",
        "item.started file_change",
        "item.completed file_change",
        "item.started file_change",
        "item.completed file_change",
        "item.started command_execution",
        "item.completed command_execution",
        "item.completed agent_message",
        "turn.completed",
      ],
    );
    assertEquals(read("sub/a.txt"), "one\ntwo\n");
    assertEquals(nth(events, 2).item.text, "[stand-in] hello");
    assertEquals(nth(events, 5).item.changes, [{
      path: join(folder, "sub/a.txt"),
      kind: "add",
    }]);
    assertEquals(nth(events, 7).item.changes[0]?.kind, "update");
    assertEquals(nth(events, 9).item.command, `/bin/bash -lc 'echo it'"'"'s'`);
    assertEquals(nth(events, 9).item.exit_code, 3);
    assertEquals(JSON.parse(nth(events, 10).item.text), RESULT);
    assert(
      events.every((event) =>
        parseEvent(JSON.stringify(event)).type !== "unknown"
      ),
    );
  });
});

Deno.test("standInMain() says in its first event that it is the stand-in", async () => {
  await withPlace(async ({ call }) => {
    const { events } = await call([...EXEC, "-"], script({ say: "x" }));
    assertEquals(nth(events, 0).model, "stand-in");
    assertMatch(nth(events, 0).thread_id, /^[0-9a-f-]{36}$/);
  });
});

Deno.test("standInMain() without a script leaves a note and answers that the goal is met", async () => {
  await withPlace(async ({ call, read }) => {
    const { code, events } = await call(
      [...EXEC, "-o", "last.txt", "-"],
      "do something",
    );
    assertEquals(code, 0);
    assertStringIncludes(read("stand-in-note.md"), "stand-in");
    const answer = JSON.parse(read("last.txt"));
    assertEquals(answer.goal_met, true);
    assertStringIncludes(answer.summary, "Stand-in");
    assertEquals(JSON.stringify(answer), nth(events, -2).item.text);
  });
});

Deno.test("standInMain() writes nothing in a read-only sandbox", async () => {
  await withPlace(async ({ call, folder }) => {
    const args = ["exec", "--json", "-s", "read-only", "-"];
    const plain = await call(args, "do something");
    assertEquals(plain.code, 0);
    const scripted = await call(
      args,
      script({ write: { path: "a", text: "b" } }, { delete: ".git" }),
    );
    assertEquals(scripted.code, 0);
    assertStringIncludes(scripted.stderr, "read-only");
    assertEquals(scripted.events.length, 3);
    assertEquals(Array.from(Deno.readDirSync(folder), (entry) => entry.name), [
      ".git",
    ]);
  });
});

Deno.test("standInMain() stays inside its folder and out of .git unless everything is allowed", async () => {
  await withPlace(async ({ call, folder }) => {
    const steps = script({ write: { path: "../out", text: "x" } }, {
      write: { path: ".git/x", text: "x" },
    });
    const kept = await call([...EXEC, "-"], steps);
    assertEquals(kept.events.length, 3);
    const free = await call([
      "exec",
      "--json",
      "--dangerously-bypass-approvals-and-sandbox",
      "-",
    ], steps);
    assertEquals(free.events.length, 7);
    assertEquals(Deno.readTextFileSync(join(folder, "../out")), "x");
  });
});

Deno.test("standInMain() adds the tokens of a thread up over its turns", async () => {
  await withPlace(async ({ call }) => {
    const usage = { usage: { input_tokens: 100, output_tokens: 7 } };
    const first = await call([...EXEC, "-"], script(usage));
    const thread = nth(first.events, 0).thread_id;
    const second = await call([...EXEC, "resume", thread, "-"], script(usage));
    assertEquals(nth(second.events, 0).thread_id, thread);
    assertEquals(nth(first.events, -1).usage.input_tokens, 100);
    assertEquals(nth(second.events, -1).usage.input_tokens, 200);
    assertEquals(nth(second.events, -1).usage.output_tokens, 14);
    const last = await call([...EXEC, "resume", "--last", "-"], script(usage));
    assertEquals(nth(last.events, 0).thread_id, thread);
  });
});

Deno.test("standInMain() refuses to resume what it does not know", async () => {
  await withPlace(async ({ call }) => {
    const unknown = await call([...EXEC, "resume", MISSING, "-"], "x");
    assertEquals(unknown.code, 1);
    assertEquals(unknown.stdout, "");
    assertStringIncludes(
      unknown.stderr,
      `no rollout found for thread id ${MISSING}`,
    );

    const ephemeral = await call(
      [...EXEC, "--ephemeral", "-"],
      script({ say: "x" }),
    );
    const again = await call([
      ...EXEC,
      "resume",
      nth(ephemeral.events, 0).thread_id,
      "-",
    ], "x");
    assertEquals(again.code, 1);

    const name = await call(
      [...EXEC, "resume", "no-uuid", "-"],
      script({ say: "x" }),
    );
    assertEquals(name.code, 0);
  });
});

Deno.test("standInMain() can resume a thread whose turn was interrupted", async () => {
  await withPlace(async ({ call, home }) => {
    const controller = new AbortController();
    const pending = call(
      [...EXEC, "-"],
      script({ hang: true }),
      controller.signal,
    );
    const thread = await firstSession(home);
    controller.abort();
    const interrupted = await pending;
    assertEquals(interrupted.code, 1);
    assertEquals(interrupted.events.map((event) => event.type), [
      "thread.started",
      "turn.started",
    ]);
    const again = await call(
      [...EXEC, "resume", thread, "-"],
      script({ say: "x" }),
    );
    assertEquals(nth(again.events, 0).thread_id, thread);
  });
});

async function firstSession(home: string): Promise<string> {
  return await until("the stand-in keeps a session", async () => {
    try {
      for await (const entry of Deno.readDir(join(home, "agentctl-stand-in"))) {
        if (entry.name.endsWith(".json")) return entry.name.slice(0, -5);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }, { every: 2 });
}

Deno.test("standInMain() fails, breaks off and reports errors as scripted", async () => {
  await withPlace(async ({ call, folder }) => {
    Deno.writeTextFileSync(join(folder, "last.txt"), "old");
    const args = [...EXEC, "-o", "last.txt", "-"];
    const failed = await call(
      args,
      script({ error: "Reconnecting... 1/5" }, { result: RESULT }, {
        fail: "quota",
      }, { say: "no" }),
    );
    assertEquals(failed.code, 1);
    assertEquals<unknown>(failed.events[2], {
      type: "error",
      message: "Reconnecting... 1/5",
    });
    assertEquals<unknown>(failed.events.at(-1), {
      type: "turn.failed",
      error: { message: "quota" },
    });
    assertEquals(Deno.readTextFileSync(join(folder, "last.txt")), "old");

    const left = await call(args, script({ exit: 7 }, { say: "no" }));
    assertEquals(left.code, 7);
    assertEquals(left.events.length, 2);
  });
});

Deno.test("standInMain() makes the file of the last message at the start and fills it at the end", async () => {
  await withPlace(async ({ call, folder, read }) => {
    await call([...EXEC, "-o", "a.txt", "-"], script({ fail: "x" }));
    assertEquals(read("a.txt"), "");
    await call(
      [...EXEC, "-o", "b.txt", "-"],
      script({ say: "x" }, { result_text: "raw {" }),
    );
    assertEquals(read("b.txt"), "raw {");
    const missing = await call(
      [...EXEC, "-o", join(folder, "no/c.txt"), "-"],
      script({ say: "x" }),
    );
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.stderr, "Failed to open last message file");
  });
});

Deno.test("standInMain() writes raw bytes, floods, and can keep its events to itself", async () => {
  await withPlace(async ({ call }) => {
    const raw = await call(
      [...EXEC, "-"],
      script({ no_events: true }, { raw: "{half" }, {
        raw_base64: btoa("\n[]"),
      }, { say: "x" }),
    );
    assertEquals(raw.stdout, "{half\n[]");
    const flood = await call(
      [...EXEC, "-"],
      script({ flood: { bytes: 200_000 } }),
    );
    const printed = flood.events.slice(2, -1).map((event) =>
      event.item.aggregated_output.length
    );
    assertEquals(
      printed.reduce((sum: number, length: number) => sum + length, 0),
      200_000,
    );
    assertEquals(printed.length, 4);
    const line = await call(
      [...EXEC, "-"],
      script({ flood: { bytes: 200_000, single_line: true } }),
    );
    assertEquals(line.events.length, 4);
  });
});

Deno.test("standInMain() waits for a file", async () => {
  await withPlace(async ({ call, folder, home }) => {
    const pending = call(
      [...EXEC, "-"],
      script({ wait_for_file: "go" }, { say: "went" }),
    );
    let done = false;
    pending.then(() => done = true);
    await firstSession(home);
    assertEquals(done, false);
    Deno.writeTextFileSync(join(folder, "go"), "");
    assertEquals(nth((await pending).events, 2).item.text, "[stand-in] went");
  });
});

Deno.test("standInMain() fails the turn for a line that is not a step, and says which", async () => {
  await withPlace(async ({ call }) => {
    for (
      const [line, words] of [
        ["stand-in: {oops", "line 2"],
        ['stand-in: {"dance":true}', '"dance"'],
        ['stand-in: {"sleep_ms":"x"}', '"sleep_ms"'],
        ['stand-in: {"write":{"path":"x"}}', '"write.text"'],
        ['stand-in: {"say":"a","think":"b"}', "one key"],
        ["stand-in: null", "one key"],
        ['stand-in: {"raw_base64":"*"}', "base64"],
      ] as const
    ) {
      const { code, events } = await call([...EXEC, "-"], `first\n${line}`);
      assertEquals(code, 1);
      assertStringIncludes(nth(events, -1).error.message, words);
    }
  });
});

Deno.test("standInMain() takes a script only at the beginning of a line", async () => {
  await withPlace(async ({ call }) => {
    const { events } = await call(
      [...EXEC, "-"],
      `> stand-in: {"fail":"quoted"}\n${script({ say: "x" })}`,
    );
    assertEquals(events.length, 4);
  });
});

Deno.test("standInMain() takes the prompt as an argument, with stdin as a block after it", async () => {
  await withPlace(async ({ call }) => {
    const { events } = await call([...EXEC, script({ say: "arg" })]);
    assertEquals(nth(events, 2).item.text, "[stand-in] arg");
    const both = await call(
      [...EXEC, "--", script({ say: "arg" })],
      script({ say: "stdin" }),
    );
    assertEquals(both.events.length, 5);
  });
});

Deno.test("standInMain() refuses an empty, a broken and an endless prompt", async () => {
  await withPlace(async ({ call }) => {
    const empty = await call([...EXEC, "-"], " \n");
    assertEquals([empty.code, empty.stdout], [1, ""]);
    const broken = await call(
      [...EXEC, "-"],
      new Uint8Array([0x61, 0xff, 0xfe]),
    );
    assertEquals([broken.code, broken.stdout], [1, ""]);
    assertStringIncludes(broken.stderr, "UTF-8");
    const endless = await call([...EXEC, "-"], "x".repeat(1_048_577));
    assertEquals([endless.code, endless.events.length], [1, 1]);
  });
});

Deno.test("standInMain() refuses a missing folder, repository, home and schema", async () => {
  await withPlace(async ({ call, folder, home }) => {
    const refused = async (args: string[], words: string) => {
      const { code, stdout, stderr } = await call(args, script({ say: "x" }));
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, words);
    };
    await refused([...EXEC, "-C", "nowhere", "-"], "No such file or directory");
    await refused([...EXEC, "-C", home, "-"], "--skip-git-repo-check");
    await refused(
      [...EXEC, "--output-schema", "none.json", "-"],
      "Failed to read output schema file none.json",
    );
    Deno.writeTextFileSync(join(folder, "bad.json"), "{");
    await refused(
      [...EXEC, "--output-schema", "bad.json", "-"],
      "not valid JSON",
    );
    const elsewhere = await call([
      ...EXEC,
      "-C",
      home,
      "--skip-git-repo-check",
      "-",
    ], script({ write: { path: "a", text: "" } }));
    assertEquals(elsewhere.code, 0);
    assert(Deno.statSync(join(home, "a")).isFile);
    await Deno.remove(home, { recursive: true });
    await refused([...EXEC, "-"], "CODEX_HOME");
    await Deno.mkdir(home);
  });
});

Deno.test("standInMain() refuses wrong options with exit code 2 and in Codex's words", async () => {
  await withPlace(async ({ call }) => {
    for (
      const [args, words] of [
        [
          ["exec", "--full-auto", "x"],
          "error: unexpected argument '--full-auto' found",
        ],
        [["exec", "-a", "never", "x"], "error: unexpected argument '-a' found"],
        [
          ["exec", "-s", "foo", "x"],
          "error: invalid value 'foo' for '--sandbox <SANDBOX_MODE>'",
        ],
        [
          ["exec", "-C"],
          "error: a value is required for '--cd <DIR>' but none was supplied",
        ],
        [
          ["exec", "-s", "read-only", "-sread-only", "-"],
          "cannot be used multiple times",
        ],
        [
          ["exec", "--json=1"],
          "error: unexpected value '1' for '--json' found",
        ],
        [["exec", "-p", "a.b", "x"], "pass a plain name"],
        [["exec", "a", "b"], "error: unexpected argument 'b' found"],
        [
          ["exec", "resume", MISSING, "-C", "/"],
          "error: unexpected argument '-C' found",
        ],
        [
          ["exec", "resume", MISSING, "-", "-s", "read-only"],
          "error: unexpected argument '-s' found",
        ],
        [["login", "bogus"], "error:"],
      ] as const
    ) {
      const { code, stdout, stderr } = await call([...args], "x");
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertStringIncludes(stderr, words);
      assertStringIncludes(stderr, "For more information, try '--help'.");
    }
  });
});

Deno.test("standInMain() tells who it is, offers help and a login", async () => {
  await withPlace(async ({ call }) => {
    assertEquals(
      (await call(["--version"])).stdout,
      "agentctl stand-in 1.2.3\n",
    );
    for (
      const [args, flags] of [
        [["--help"], ["-V, --version", "exec"]],
        [["exec", "--help"], [
          "-s, --sandbox <SANDBOX_MODE>",
          "-C, --cd <DIR>",
          "-p, --profile <CONFIG_PROFILE_V2>",
          "    --thread-source <SOURCE>",
          "--json",
          "  resume",
        ]],
        [["exec", "resume", "--help"], [
          "--last",
          "--output-schema <FILE>",
          "-o, --output-last-message <FILE>",
        ]],
      ] as const
    ) {
      const { code, stdout } = await call([...args]);
      assertEquals(code, 0);
      assertStringIncludes(stdout, "not Codex");
      for (const flag of flags) assertStringIncludes(stdout, flag);
    }
    assert(
      !(await call(["exec", "resume", "--help"])).stdout.includes("--sandbox"),
    );
    const status = await call(["login", "status"]);
    assertEquals([status.code, status.stdout], [0, ""]);
    assertStringIncludes(status.stderr, "stand-in");
  });
});
