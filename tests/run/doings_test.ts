import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  doingLine,
  NOBODY,
  readDoings,
  wasChangedBy,
} from "../../src/run/doings.ts";

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
