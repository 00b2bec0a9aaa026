import { resultStep, steps } from "../../support/stage.ts";
import { type Fault, must } from "../fault.ts";
import { DONE } from "../strike.ts";

const MEGABYTE = 1024 * 1024;

function flood(name: string, singleLine: boolean): Fault {
  return {
    name,
    alone: true,
    slow: true,
    async play(round) {
      const bytes = 100 * MEGABYTE;
      const victim = await round.begin(
        steps(
          "Flood",
          { flood: { bytes, single_line: singleLine } },
          resultStep(true, "dry again"),
        ),
      );
      await round.settle(victim, performance.now(), {
        // What it takes to write, send and read 100 MB.
        ladderMs: 20_000,
        outcomes: [DONE],
      });
      const { size } = await Deno.stat(
        round.stage.runFile(victim.id, "events.jsonl"),
      );
      must(size > bytes, `events.jsonl has ${size} bytes of ${bytes}`);
    },
  };
}

/** Everything that can be wrong with what the worker prints. */
export const OUTPUT_FAULTS: readonly Fault[] = [
  flood("100 MB in one line", true),
  flood("100 MB in many lines", false),
  {
    name: "half a line, and the end",
    async play(round) {
      const line =
        '{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"{\\"goal_met\\":true}"}}';
      const half = line.slice(0, round.random.between(1, line.length - 1));
      const victim = await round.begin(
        steps("Half", { raw: half }, { exit: round.random.between(0, 1) }),
      );
      await round.settle(victim, performance.now(), {
        ladderMs: 1_500,
        outcomes: [
          { status: "failed", code: 4, goalMet: null },
          { status: "finished", code: 1, goalMet: null },
        ],
      });
      const events = await Deno.readTextFile(
        round.stage.runFile(victim.id, "events.jsonl"),
      );
      must(events.endsWith(half), "events.jsonl has lost the half line");
    },
  },
  {
    name: "invalid UTF-8",
    async play(round) {
      const bytes = round.random.bytes(round.random.between(1, 4_000));
      // Now and then in the middle of a JSON string, else by itself.
      const base64 = bytes.toBase64();
      const isInString = round.random.between(0, 1) === 1;
      const list = isInString
        ? [
          {
            raw:
              '{"type":"item.completed","item":{"id":"x","type":"agent_message","text":"',
          },
          { raw_base64: base64 },
          { raw: '"}}\n' },
        ]
        : [{ raw_base64: base64 }, { raw: "\n" }];
      const victim = await round.begin(
        steps("Bytes", ...list, { stderr: "x" }, resultStep(true, "read")),
      );
      const { id } = victim;
      await round.settle(victim, performance.now(), {
        ladderMs: 1_500,
        outcomes: [DONE],
      });
      const events = await Deno.readFile(
        round.stage.runFile(id, "events.jsonl"),
      );
      must(
        events.toBase64().length > 0 && holds(events, bytes),
        "events.jsonl does not hold the bytes as they came",
      );
    },
  },
];

function holds(whole: Uint8Array, part: Uint8Array): boolean {
  const first = part[0];
  if (first === undefined) return true;
  for (
    let at = whole.indexOf(first);
    at >= 0;
    at = whole.indexOf(first, at + 1)
  ) {
    if (part.every((byte, index) => whole[at + index] === byte)) return true;
  }
  return false;
}
