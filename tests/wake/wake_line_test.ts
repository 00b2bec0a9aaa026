import { assert, assertEquals } from "@std/assert";
import { parseRunId } from "../../src/run/id.ts";
import { idsOfLine, wakeLine } from "../../src/wake/wake_line.ts";

const ids = Array.from(
  { length: 30 },
  (_, index) => parseRunId(`20261123-145615-${String(index).padStart(4, "0")}`),
);

Deno.test("wakeLine() names runs in one line that Claude Code does not fold", () => {
  const line = wakeLine(ids.slice(0, 1));
  assertEquals(
    line,
    'agentctl: runs have ended: 20261123-145615-0000; read their results with "agentctl inbox"',
  );
  assertEquals(idsOfLine(wakeLine(ids.slice(0, 10))), ids.slice(0, 10));
  const long = wakeLine(ids);
  assert(long.length <= 400, String(long.length));
  const named = idsOfLine(long) ?? [];
  assertEquals(named, ids.slice(0, named.length));
  const longest = parseRunId("x".repeat(64));
  assertEquals(idsOfLine(wakeLine([longest])), [longest]);
});

Deno.test("idsOfLine() takes our line in rows, and nothing else", () => {
  const line = wakeLine(ids.slice(0, 3));
  assertEquals(
    idsOfLine(line.replace(/.{40}/g, "$&\n").replace("ended", "en\nded")),
    ids.slice(0, 3),
  );
  for (
    const other of ["", "hello", `${line} please`, `do ${line}`, line + line]
  ) assertEquals(idsOfLine(other), null, other);
});
