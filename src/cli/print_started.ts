import type { RunRecord } from "../run/record.ts";
import type { CommonCall } from "./command.ts";

/** Prints the id of a new run, and nothing else if a program reads it. */
export function printStarted(call: CommonCall, record: RunRecord): void {
  const { run_id, status, pane } = record;
  call.print(
    call.options.json ? JSON.stringify({ run_id, status, pane }) : run_id,
  );
  // Claude Code joins both outputs, so nothing may appear beside the id there.
  if (record.status === "queued" && Deno.stderr.isTerminal()) {
    call.say("It waits in the queue; see agentctl list");
  }
}
