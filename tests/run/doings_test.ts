import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  doingLine,
  NOBODY,
  readDoings,
  wasChangedBy,
} from "../../src/run/doings.ts";
import { writesTo } from "../../src/run/writes_to.ts";

const time = (from: number, to: number | null, since = from) => ({
  since,
  from,
  to,
});

Deno.test("wasChangedBy() says yes only within a run's own commands, and while no other run had one", () => {
  const mine = [time(10_000, 20_000), time(50_000, null)];
  const cases: [string, number, ReturnType<typeof time>[], boolean][] = [
    ["in a command", 15_000, [], true],
    ["between commands", 30_000, [], false],
    ["before all of them", 5_000, [], false],
    ["in a command that still runs", 90_000, [], true],
    ["while another run had one", 15_000, [time(14_000, 16_000)], false],
    ["while another run has one", 15_000, [time(14_000, null)], false],
    [
      "just before another's was heard of",
      15_000,
      [time(15_100, 16_000)],
      false,
    ],
    ["long after another's", 19_000, [time(14_000, 16_000)], true],
  ];
  for (const [name, changed, others, expected] of cases) {
    const doings = { times: others, edits: [] };
    assertEquals(wasChangedBy(mine, doings, "a", changed), expected, name);
  }
});

Deno.test("wasChangedBy() leaves to another run what Codex edited for it, until a command changes it again", () => {
  const others = { times: [], edits: [{ edited: "a", at: 15_050 }] };
  const was = (path: string, changed: number) =>
    wasChangedBy([time(10_000, 20_000)], others, path, changed);
  assertEquals(was("a", 15_000), false);
  assertEquals(was("b", 15_000), true);
  assertEquals(was("a", 16_000), true);
});

Deno.test("wasChangedBy() counts what happened just before a command was heard of, if nothing was heard in between", () => {
  const was = (since: number, changed: number) =>
    wasChangedBy([time(10_000, 10_000, since)], NOBODY, "a", changed);
  assertEquals(was(9_200, 9_500), true);
  assertEquals(was(9_900, 9_500), false);
  assertEquals(was(1_000, 5_000), false);
});

Deno.test("wasChangedBy() goes by what commands of two runs at the same time say", () => {
  const was = (words: string, theirs: string) =>
    wasChangedBy(
      [{ ...time(10_000, 20_000), words }],
      { times: [{ ...time(10_000, 20_000), words: theirs }], edits: [] },
      "src/a.txt",
      15_000,
    );
  assertEquals(was("echo 1 > src/a.txt", "echo 1 > src/b.txt"), true);
  assertEquals(was("echo 1 > src/b.txt", "echo 1 > src/a.txt"), false);
  assertEquals(was("echo 1 > src/a.txt", "touch src/a.txt"), true);
  assertEquals(was("make", "make"), false);
});

Deno.test("writesTo() tells a command that writes to a file from one that reads it or another", () => {
  const path = "src/my app/a.txt";
  const writes = [
    "echo 1 > a.txt",
    "/bin/bash -lc 'cd x && printf 1 >>a.txt'",
    `/bin/bash -lc "cat > 'src/my app/a.txt' <<E\nx\nE"`,
    "touch ./a.txt",
    "sed -i s/a/b/ a.txt",
    "python3 gen.py --out=a.txt",
    "git checkout a.txt",
    "cat b.txt | tee a.txt",
  ];
  const reads = [
    "cat a.txt",
    "/bin/bash -lc 'sed -n 1,200p a.txt'",
    "grep -n x a.txt > b.txt",
    "git diff a.txt",
    "touch aa.txt b/a.txt",
    "make",
  ];
  assertEquals(writes.filter((command) => !writesTo(command, path)), []);
  assertEquals(reads.filter((command) => writesTo(command, path)), []);
  assertEquals(writesTo("touch 'x y.txt'", "x y.txt"), true);
  assertEquals(writesTo("touch /home/me/p/lib/a.txt", "lib/a.txt"), true);
});

Deno.test("readDoings() reads the end of a command instead of its start, and passes over what is truncated", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "commands.jsonl");
  assertEquals(await readDoings(path), NOBODY);
  await Deno.writeTextFile(
    path,
    doingLine(time(1, null)) + doingLine(time(5, null)) +
      doingLine({ edited: "a", at: 6 }) + doingLine(time(1, 3)) +
      '{"since":7,"fr',
  );
  assertEquals(await readDoings(path), {
    times: [time(1, 3), time(5, null)],
    edits: [{ edited: "a", at: 6 }],
  });
  await Deno.remove(folder, { recursive: true });
});
