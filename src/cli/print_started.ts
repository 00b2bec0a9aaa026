import { warningsOfStart } from "../fleet/start.ts";
import { accountHold } from "../queue/account_hold.ts";
import { holdWords } from "../queue/account_words.ts";
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
  if (record.status !== "queued") return;
  const now = Date.now();
  const hold = await accountHold(await call.workspace(), record, now);
  if (hold !== null) {
    call.say(
      `It waits in the queue because its ${
        holdWords(hold, now)
      }; "agentctl release ${run_id}" starts it anyway`,
    );
    // Claude Code joins both outputs, so nothing else may appear beside the id there.
  } else if (Deno.stderr.isTerminal()) {
    call.say("It waits in the queue; see agentctl list");
  }
}
