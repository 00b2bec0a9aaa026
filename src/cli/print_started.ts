import type { RunRecord } from "../run/record.ts";
import type { CommonCall } from "./command.ts";

/** Prints the id of a run that was just made, and nothing else where a program reads it. */
export function printStarted(call: CommonCall, record: RunRecord): void {
  const { run_id, status, pane } = record;
  call.print(
    call.options.json ? JSON.stringify({ run_id, status, pane }) : run_id,
  );
  // Claude Code puts both outputs together, and there the id stands alone.
  if (record.status === "queued" && Deno.stderr.isTerminal()) {
    call.say("It waits in the queue; see agentctl list");
  }
}
