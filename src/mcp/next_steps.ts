import type { AskingRecord } from "../fleet/asking.ts";
import type { RunFacts } from "../view/run_facts.ts";

/** This many ids are named again, although the answer has them already. */
const FEW = 2;

/** What to call next, given what has ended, what is still running and what asks; `null` if nothing is left to do. */
export function nextSteps(
  ended: readonly RunFacts[],
  running: readonly string[],
  asking: readonly AskingRecord[] = [],
): string | null {
  const steps = asking.map(({ run_id, waiting_for }) =>
    `call answer with run_id "${run_id}/${waiting_for.id}"`
  );
  const resumable = ended.filter((facts) => facts.resumable);
  if (resumable.length > 0) {
    steps.push(
      `call resume with parent_run_id ${
        resumable.map(({ record }) => `"${record.run_id}"`).join(" or ")
      } (it uses the followup_prompt; perhaps with a stronger profile)`,
    );
  }
  if (running.length > 0) {
    steps.push(
      running.length <= FEW
        ? `call wait with run_ids ${JSON.stringify(running)}`
        : "call wait with the run_ids of those that are running",
    );
  }
  return steps.length === 0 ? null : steps.join("; ");
}
