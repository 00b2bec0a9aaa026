import {
  assert,
  assertEquals,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { classifyFailure } from "../../src/codex/failure.ts";
import { judge, resultOf } from "../../src/supervisor/verdict.ts";
import { onlyByExec } from "./corpus/ending.ts";
import { ENDINGS } from "./corpus/endings.ts";
import {
  EXPECTED,
  EXPECTED_BY_APP_SERVER,
  EXPECTED_RESETS,
} from "./corpus/expected.ts";
import { FAILURES_PAGE, failuresPage } from "./corpus/failures_page.ts";
import { readRecordings, replay } from "./corpus/recording.ts";

const ENDED_AT = new Date("2026-11-23T12:00:00");

/** The corpus is read often and cloned with the repository. */
const MOST_BYTES = 400_000;

/** The recordings of both ways of driving Codex. */
async function allRecordings() {
  return [
    ...await readRecordings("exec"),
    ...await readRecordings("app-server"),
  ];
}

Deno.test("the corpus has a recording and an expectation of every ending, by app-server of those that can happen there", async () => {
  const recordings = await readRecordings("exec");
  const describe = (endings: readonly { name: string; how: string }[]) =>
    endings.map(({ name, how }) => `${name}: ${how}`).sort();
  assertEquals(describe(recordings), describe(ENDINGS));
  const recorded = recordings.map(({ name }) => name);
  assertEquals(recorded, Object.keys(EXPECTED).sort());
  assert(recorded.length >= 36, `${recorded.length} endings`);
  assertEquals(
    describe(await readRecordings("app-server")),
    describe(ENDINGS.filter((ending) => !onlyByExec(ending))),
  );
});

Deno.test("classifyFailure() says of every recorded ending what a person would", async () => {
  for (const recording of await allRecordings()) {
    const { name, argv } = recording;
    const [expectedClass, words] = argv.includes("app-server")
      ? EXPECTED_BY_APP_SERVER[name] ?? EXPECTED[name] ?? ["unknown", ""]
      : EXPECTED[name] ?? ["unknown", ""];
    const failure = classifyFailure(replay(recording), ENDED_AT);
    assertEquals(failure.class, expectedClass, `${name}: ${failure.message}`);
    assertStringIncludes(failure.message, words, name);
    const resets = EXPECTED_RESETS[name];
    assertEquals(
      failure.resets_at,
      resets === undefined ? undefined : new Date(resets).toISOString(),
      name,
    );
  }
});

Deno.test("classifyFailure() gives every recorded ending short words and one remedy", async () => {
  for (const recording of await allRecordings()) {
    const { message, remedy } = classifyFailure(replay(recording), ENDED_AT);
    assert([...message].length <= 500, recording.name);
    assertNotMatch(message, /^Reconnecting|<html|^\s+at /im, recording.name);
    assertNotMatch(
      message.replaceAll("\n", ""),
      /[\p{Cc}\p{Bidi_Control}]/u,
      recording.name,
    );
    assertNotMatch(remedy, /\.$|\. [A-Z]|\n/, recording.name);
    assert(/^[A-Z]/.test(remedy), `${recording.name}: ${remedy}`);
  }
});

Deno.test("judge() takes no recorded ending for a good one", async () => {
  for (const recording of await allRecordings()) {
    const turn = replay(recording);
    const end = judge(turn, resultOf(turn, turn.lastMessage), {
      cause: null,
      repaired: false,
      endedAt: ENDED_AT,
    });
    assertEquals(end.result, undefined, recording.name);
    assert(end.failure, recording.name);
    if (turn.turnCompleted) continue;
    assertEquals(end.failure.class, EXPECTED[recording.name]?.[0]);
  }
});

Deno.test("the corpus is small and holds nothing of the machine that recorded it", async () => {
  for (const transport of ["exec", "app-server"] as const) {
    const { length } = JSON.stringify(await readRecordings(transport), null, 2);
    assert(length < MOST_BYTES, `${transport}: ${length} bytes`);
  }
  const text = JSON.stringify(await allRecordings(), null, 2);
  assertNotMatch(text, /\/(?:tmp|work|root|Users)\//);
  const ids = text.match(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g);
  assertEquals(ids?.filter((id) => !id.startsWith("00000000-")), []);
  assertNotMatch(text, /\b20\d\d-(?!01-01)\d\d-\d\dT/);
  const ports = text.match(/127\.0\.0\.1:\d+/g);
  assertEquals([...new Set(ports)].sort(), ["127.0.0.1:8080"]);
});

Deno.test("docs/failures.md is in step with the corpus", async () => {
  assertEquals(
    await Deno.readTextFile(FAILURES_PAGE),
    failuresPage(await readRecordings("exec")),
    'Run "deno run -A tests/support/record_corpus.ts --write"',
  );
});
