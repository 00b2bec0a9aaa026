import { assertEquals } from "@std/assert";
import type { CodexEvent } from "../../src/codex/events.ts";
import type { LiveRecord } from "../../src/run/record.ts";
import type { SupervisedRun } from "../../src/supervisor/supervised_run.ts";
import { meterTokens } from "../../src/supervisor/token_meter.ts";
import { runningRecord } from "../run/sample_record.ts";

/** An ephemeral run with a budget of 1000 tokens, and why it was ended. */
function ephemeralRun() {
  let record: LiveRecord = runningRecord({ ephemeral: true, max_tokens: 1000 });
  const ends: string[] = [];
  const run = {
    env: {},
    keeper: {
      current: () => record,
      update: (change: Partial<LiveRecord>) =>
        record = { ...record, ...change } as LiveRecord,
    },
    ending: { end: ({ reason }: { reason: string }) => ends.push(reason) },
  } as unknown as SupervisedRun;
  return { run, ends };
}

const ANSWER = JSON.stringify({
  goal_met: true,
  summary: "Done",
  followup_prompt: "",
  notes: "",
});

const said = (text: string): CodexEvent => ({
  type: "item.completed",
  item: { id: "1", type: "agent_message", text },
});

function command(type: "item.started" | "item.completed"): CodexEvent {
  const exit_code = type === "item.started" ? null : 0;
  return {
    type,
    item: {
      ...{ id: "2", type: "command_execution", command: "true", exit_code },
      ...{ aggregated_output: "", status: "" },
    },
  };
}

const warning: CodexEvent = {
  type: "item.completed",
  item: { id: "3", type: "error", message: "Slow" },
};

Deno.test("meterTokens() ends an ephemeral run at its budget, unless its last words are a result", async () => {
  const cases: [string, CodexEvent[], boolean][] = [
    ["nothing said", [], true],
    ["no result", [said("I look.")], true],
    ["a result", [said(ANSWER)], false],
    ["a command begun since", [said(ANSWER), command("item.started")], true],
    ["a new turn", [said(ANSWER), { type: "turn.started" }], true],
    [
      "a command ended since, and a warning",
      [
        ...[command("item.started"), said(ANSWER)],
        ...[command("item.completed"), warning],
      ],
      false,
    ],
  ];
  for (const [name, events, isEnded] of cases) {
    const { run, ends } = ephemeralRun();
    using meter = await meterTokens(run);
    events.forEach(meter.hear);
    const count = (input_tokens: number) =>
      meter.count({
        ...{ input_tokens, cached_input_tokens: 0, output_tokens: 0 },
        ...{ cache_write_input_tokens: 0, reasoning_output_tokens: 0 },
      });
    count(999);
    assertEquals(ends, [], name);
    count(1000);
    assertEquals(ends.length, isEnded ? 1 : 0, name);
  }
});
