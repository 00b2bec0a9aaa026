import { join } from "@std/path";
import type { Stage } from "../support/stage.ts";
import { Lost, lost, must } from "./fault.ts";
import { describe, processesOfRun } from "./processes.ts";
import { until } from "../support/until.ts";

/** How a wait ended, and when. */
export interface Waited {
  code: number;
  stdout: string;
  stderr: string;
  /** `performance.now()` at its end. */
  at: number;
}

/** A record, as `wait` and `show` print it. */
export type RunOutcome = Record<string, unknown>;

/** How a run may come out of a fault: any one of these. */
export interface Expectation {
  outcomes: readonly {
    status: string;
    code: number;
    reason?: RegExp;
    goalMet?: boolean | null;
  }[];
  /** What the documented ladder takes, beyond the two seconds. */
  ladderMs?: number;
}

/** The end of a command, and when it came. */
export async function endOf(child: Deno.ChildProcess): Promise<Waited> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
    at: performance.now(),
  };
}

/** The record that a wait printed. Throws {@linkcode Lost} if it printed none. */
export function readOutcome(waited: Waited): RunOutcome {
  try {
    return JSON.parse(waited.stdout);
  } catch {
    throw new Lost(
      `wait ended with ${waited.code} and no record: ${waited.stderr.trim()}`,
    );
  }
}

/** Throws {@linkcode Lost} unless the run came out in one of the expected ways. */
export function checkExpected(
  outcome: RunOutcome,
  code: number,
  { outcomes }: Expectation,
): void {
  const fits = outcomes.some((one) =>
    one.status === outcome["status"] && one.code === code &&
    (one.goalMet === undefined || one.goalMet === outcome["goal_met"]) &&
    (one.reason?.test(String(outcome["reason"])) ?? true)
  );
  const { status, reason, goal_met } = outcome;
  must(
    fits,
    `The run is ${status} (exit code ${code}, goal_met ${goal_met}): ${reason}`,
  );
}

/** Waits until no process of the run is left; throws {@linkcode Lost} with those that are left at `deadline`. */
export async function untilNobodyIsLeft(
  id: string,
  deadline: number,
): Promise<void> {
  await until("every process of the run has ended", (see) => {
    const left = processesOfRun(id);
    see(describe(left));
    return left.length === 0;
    // What ended in time may need a moment to be seen.
  }, { within: deadline + 500 - performance.now(), error: lost });
}

/** Checks that `show`, `list` and `notify.log` agree on the end of a run, and returns the whole record. */
export async function checkTruth(
  stage: Stage,
  id: string,
  status: string,
): Promise<RunOutcome> {
  const shown = await stage.agentctl(["show", id, "--full"]);
  must(shown.code === 0, `show ends with ${shown.code}: ${shown.stderr}`);
  const record: RunOutcome = JSON.parse(shown.stdout);
  const seen = record["status"];
  must(seen === status, `wait says ${status} and show ${seen}`);
  const list = await stage.agentctl(["list", "--json"]);
  must(
    list.code === 0 && list.stderr === "",
    `list ends with ${list.code}: ${list.stderr}`,
  );
  const listed = (JSON.parse(list.stdout) as RunOutcome[]).find((run) =>
    run["run_id"] === id
  );
  must(
    listed?.["status"] === status,
    `wait says ${status} and list ${listed?.["status"]}`,
  );
  const log = await Deno.readTextFile(join(stage.workspace, "notify.log"));
  const notices = log.trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter((notice) => notice.run_id === id);
  must(notices.length <= 1, `notify.log tells ${notices.length} times`);
  return record;
}
