import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  isEnded,
  isGood,
  isOurs,
  parseRecord,
  RUN_STATUSES,
  type RunRecord,
} from "../../src/run/record.ts";
import { endedRecord } from "../../src/run/end.ts";
import {
  finishedRecord,
  runningRecord,
  startingRecord,
} from "./sample_record.ts";

const samples: RunRecord[] = [
  { ...startingRecord(), status: "queued" },
  startingRecord(),
  runningRecord(),
  finishedRecord(),
  finishedRecord({}, { status: "stopped", result: undefined }),
  finishedRecord({}, { status: "timed_out", result: undefined }),
  finishedRecord({}, { status: "failed", result: undefined }),
  finishedRecord({}, { status: "lost", result: undefined }),
];

Deno.test("parseRecord() reads the record of each status back as it was written", () => {
  assertEquals(samples.map((record) => record.status), [...RUN_STATUSES]);
  for (const record of samples) {
    assertEquals(parseRecord(JSON.parse(JSON.stringify(record))), record);
  }
});

Deno.test("parseRecord() refuses a record that its status does not allow", () => {
  const refused: [unknown, string][] = [
    [without(finishedRecord(), "ended_at"), "ended_at"],
    [without(finishedRecord(), "goal_met"), "goal_met"],
    [{ ...finishedRecord(), ended_at: null }, "ended_at"],
    [{ ...finishedRecord(), ended_at: "yesterday" }, "ended_at"],
    [without(runningRecord(), "started_at"), "started_at"],
    [{ ...runningRecord(), status: "done" }, "status"],
    [{ ...runningRecord(), run_id: 3 }, "run_id"],
    [{ ...runningRecord(), sandbox: "full" }, "sandbox"],
    [{ ...runningRecord(), warnings: null }, "warnings"],
    [without(runningRecord(), "schema"), "schema"],
  ];
  for (const [value, key] of refused) {
    assertThrows(
      () => parseRecord(value),
      Error,
      `it is not the record of a run: ${key}`,
    );
  }
  for (const value of [null, [], "x", 3, {}]) {
    assertThrows(
      () => parseRecord(value),
      Error,
      "it is not the record of a run",
    );
  }
});

Deno.test("parseRecord() takes the record of a newer agentctl as far as it is understood", () => {
  const record = parseRecord({ ...runningRecord(), schema: 2, more: "x" });
  assertEquals(record.schema as number, 2);
  assertEquals({ ...record, schema: 1 }, runningRecord());
  assert(!isOurs(record));
  assert(isOurs(runningRecord()));
  assertThrows(
    () => parseRecord({ ...runningRecord(), schema: 2, status: "pondering" }),
    Error,
    "it was written by a newer agentctl (schema 2, this one knows 1); update agentctl",
  );
});

Deno.test("isEnded() and isGood() tell the outcomes apart", () => {
  assertEquals(
    samples.filter(isEnded).map((record) => record.status),
    ["finished", "stopped", "timed_out", "failed", "lost"],
  );
  assert(isGood(finishedRecord()));
  // A claim of a worker that was stopped is no success.
  assert(!isGood(finishedRecord({}, { status: "stopped" })));
  const result = {
    goal_met: false,
    summary: "",
    followup_prompt: "",
    notes: "",
  };
  assert(!isGood(finishedRecord({}, { result })));
  assert(!isGood(runningRecord()));
});

Deno.test("endedRecord() leaves unknown what is not known", () => {
  const record = endedRecord(startingRecord(), {
    status: "failed",
    endedAt: new Date("2026-01-02T03:04:06.678Z"),
    reason: "No pane",
  });
  assertEquals(parseRecord(record), record);
  const { started_at, duration_ms, goal_met, summary, result, exit_code } =
    record;
  assertEquals(
    { started_at, duration_ms, goal_met, summary, result, exit_code },
    {
      started_at: null,
      duration_ms: 1000,
      goal_met: null,
      summary: "",
      result: "missing",
      exit_code: null,
    },
  );
  assertEquals(record.activity, null);
});

Deno.test("endedRecord() has no negative duration when the clock was set back", () => {
  const endedAt = new Date("2025-01-01T00:00:00Z");
  assertEquals(finishedRecord({}, { endedAt }).duration_ms, 0);
});

function without(record: RunRecord, key: string): unknown {
  return Object.fromEntries(
    Object.entries(record).filter(([name]) => name !== key),
  );
}
