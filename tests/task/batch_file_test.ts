import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type BatchFormat,
  type BatchTask,
  parseBatchFile,
} from "../../src/task/batch_file.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { makeRandom } from "../chaos/random.ts";

const FORMAT: BatchFormat = {
  source: "tasks.md",
  isRun: (word) => word.startsWith("2026"),
};

function parse(text: string): BatchTask[] {
  return parseBatchFile(text, FORMAT);
}

/** The message of a usage error without its beginning. */
function refusal(text: string): string {
  const error = assertThrows(() => parse(text), AgentctlError);
  assertEquals(error.code, "usage");
  assert(!error.message.includes("\n"), error.message);
  assert(error.message.startsWith("Cannot use tasks.md: "), error.message);
  return error.message.replace("Cannot use tasks.md: ", "");
}

Deno.test("parseBatchFile() reads tasks in the order of the file", () => {
  const text = `
--- task: lexer
profile: spark
title: Fix: the "lexer" # now
priority:5
---
# Fix the lexer

\`\`\`yaml
---
a: 'b'
---
\`\`\`
Done when \`deno test\` passes.

--- task: parser_2
  after: lexer, 20260102-030405-a1b2  docs
after-any-end: docs

worktree: true
---
Parse.
--- task: docs
worktree:
---
--- no task
Write`;
  assertEquals(parse(text), [
    {
      name: "lexer",
      line: 2,
      options: {
        profile: "spark",
        title: 'Fix: the "lexer" # now',
        priority: "5",
      },
      prompt:
        "# Fix the lexer\n\n```yaml\n---\na: 'b'\n---\n```\nDone when `deno test` passes.\n\n",
    },
    {
      name: "parser_2",
      line: 16,
      options: {
        after: "lexer, 20260102-030405-a1b2  docs",
        "after-any-end": "docs",
        worktree: true,
      },
      prompt: "Parse.\n",
    },
    {
      name: "docs",
      line: 23,
      options: { worktree: true },
      prompt: "--- no task\nWrite",
    },
  ]);
});

Deno.test("parseBatchFile() takes the line ends and the byte order mark of Windows", () => {
  const [task] = parse(
    "\uFEFF--- task: a\r\ntitle: T\r\n---\r\nOne\r\nTwo\r\n",
  );
  assertEquals([task?.name, task?.options, task?.prompt], [
    "a",
    { title: "T" },
    "One\r\nTwo\r\n",
  ]);
});

Deno.test("parseBatchFile() names the line and what would be right", () => {
  const good = "--- task: a\n---\nDo it\n";
  const cases: [string, string][] = [
    ["", 'it has no tasks; begin each with a line "--- task: NAME"'],
    [" \n\n", 'it has no tasks; begin each with a line "--- task: NAME"'],
    [
      "\nHere they are:\n" + good,
      'line 2: "Here they are:" comes before the first task; begin with a line "--- task: NAME"',
    ],
    [
      "--- task:\n---\nx",
      'line 1: "" is not a name for a task; use 1 to 64 letters, digits, "-" and "_"',
    ],
    [
      "--- task: fix it\n---\nx",
      'line 1: "fix it" is not a name for a task; use 1 to 64 letters, digits, "-" and "_"',
    ],
    [
      good + good,
      'line 4: task "a" already exists, from line 1; choose another name',
    ],
    [
      "--- task: a\nidle_timeout: 5m\n---\nx",
      'line 2: key "idle_timeout" is unknown; did you mean "idle-timeout" (a line "---" begins the prompt)',
    ],
    [
      "--- task: a\ntitle: x\ntitle: y\n---\nx",
      'line 3: key "title" appears twice; write it once',
    ],
    [
      "--- task: a\ntitle:  \n---\nx",
      'line 2: key "title" needs a value, as in "title: T"',
    ],
    [
      "--- task: a\nworktree: no\n---\nx",
      'line 2: key "worktree" is a switch and takes no "no"; write "worktree: true", or leave it out',
    ],
    [
      "--- task: a\ntitle: x\n\nFix the lexer: it is wrong\n",
      'line 4: "Fix the lexer: it is wrong" is not "key: value"; end the header of task "a" with a line "---" before its prompt',
    ],
    [
      "\n--- task: a\ntitle: x\n--- task: b\n---\nx",
      'line 2: the header of task "a" has no end; write a line "---" between its keys and its prompt',
    ],
    [
      "--- task: a",
      'line 1: the header of task "a" has no end; write a line "---" between its keys and its prompt',
    ],
    [
      "--- task: a\n---\n \n\n--- task: b\n---\nx",
      'line 2: task "a" has no prompt; write it below this line',
    ],
    [
      "--- task: a\n---",
      'line 2: task "a" has no prompt; write it below this line',
    ],
    [
      good + "--- Task: b\n---\nx",
      'line 4: "--- Task: b" looks like the beginning of a task; write "--- task: NAME"',
    ],
    [
      good + "--- task: lexer\nafter: b\n---\nx",
      'line 4: "after" of task "lexer" names "b", which is neither a task of the batch nor a run; the other tasks are a',
    ],
    [
      "--- task: a\nafter-any-end: b\n---\nx",
      'line 1: "after-any-end" of task "a" names "b", which is neither a task of the batch nor a run; name a run',
    ],
    [
      "--- task: x\n---\nx\n" +
      "--- task: a\nafter: x b\n---\nx\n" +
      "--- task: b\nafter-any-end: c\n---\nx\n" +
      "--- task: c\nafter: a\n---\nx\n",
      'tasks wait for each other in a cycle: a after b after c after a; take one "after" out',
    ],
    [
      "--- task: a\nafter: a\n---\nx",
      'tasks wait for each other in a cycle: a after a; take one "after" out',
    ],
    [
      "--- task: \x1b[31m" + "x".repeat(100) + "\n---\nx",
      `line 1: "${
        "x".repeat(59)
      }…" is not a name for a task; use 1 to 64 letters, digits, "-" and "_"`,
    ],
  ];
  for (const [text, message] of cases) {
    assertEquals(refusal(text), message, text);
  }
});

/** Pieces of which batches consist, and what comes near them. */
const PIECES = [
  ...["--- task: a", "--- task: b", "--- task: ", "--- Task: x", "---", "--- "],
  ...["title: T", "after: a", "after: b,c", "worktree: yes", "profile:"],
  ...["Fix it", "", " ", "\r", "\uFEFF", "\0", "é漢😀", "\ud800", "a: b: c"],
  ...["__proto__: x", "constructor: y", "```", "x".repeat(300), "\u2028"],
];

Deno.test("parseBatchFile() throws nothing but usage errors, whatever the text", () => {
  const random = makeRandom("any text");
  let read = 0;
  for (let round = 0; round < 20_000; round++) {
    // Many are refused at once; some have a good beginning.
    const lines = [
      ...random.pick([[], ["--- task: z", "title: T", "---", "Do it"]]),
      ...Array.from(
        { length: random.between(0, 8) },
        () => random.pick(PIECES),
      ),
    ];
    try {
      read += parse(lines.join(random.pick(["\n", "\r\n", "\n\n"]))).length;
    } catch (error) {
      assert(
        error instanceof AgentctlError && error.code === "usage",
        JSON.stringify(lines),
      );
    }
  }
  assert(read > 1_000, `${read} tasks`);
});

Deno.test("parseBatchFile() gives prompts and values back byte for byte", () => {
  const random = makeRandom("any prompts");
  for (let round = 0; round < 2_000; round++) {
    const tasks = Array.from({ length: random.between(1, 5) }, (_, index) => {
      const text = Array.from(
        { length: random.between(0, 8) },
        () => random.pick(PIECES) + random.pick(["\n", "\r\n", "\r", "\t\n"]),
      ).filter((line) => !/task:/i.test(line)).join("");
      return {
        name: `t${index}`,
        title: random.pick(["x", '"x"', "a: b", "\\n", "#", "'"]),
        prompt: `${text}Do it\n`,
      };
    });
    const file = tasks.map(({ name, title, prompt }) =>
      `--- task: ${name}\ntitle: ${title}\n---\n${prompt}`
    ).join("");
    assertEquals(
      parse(file).map(({ name, options, prompt }) => ({
        name,
        title: options["title"],
        prompt,
      })),
      tasks,
    );
  }
});

Deno.test("parseBatchFile() reads a batch of thousands", () => {
  const tasks = Array.from(
    { length: 5_000 },
    (_, i) => `--- task: t${i}\nafter: t${i + 1}\n---\nDo ${i}\n`,
  );
  const text = tasks.join("") + "--- task: t5000\n---\nDo the last\n";
  assertEquals(parse(text).length, 5_001);
});
