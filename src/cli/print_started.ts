import { warningsOfStart } from "../fleet/start.ts";
import type { RunRecord } from "../run/record.ts";
import type { CommonCall } from "./command.ts";

/** Prints the id of a run that was just made, and nothing else if a program reads it unless the run is in danger. */
export async function printStarted(
  call: CommonCall,
  record: RunRecord,
): Promise<void> {
  const { run_id, status, pane } = record;
  call.print(
    call.options.json ? JSON.stringify({ run_id, status, pane }) : run_id,
  );
  warningsOfStart(await call.workspace(), record).forEach(call.say);
  // Claude Code joins both outputs, so nothing may appear beside the id there.
  if (record.status === "queued" && Deno.stderr.isTerminal()) {
    call.say("It waits in the queue; see agentctl list");
  }
}
