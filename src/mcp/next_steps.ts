import { type EndedRecord, isGood } from "../run/record.ts";

/** What to call next, given what has ended and what still runs; `null` if nothing is left to do. */
export function nextSteps(
  ended: readonly EndedRecord[],
  running: readonly string[],
): string | null {
  const steps: string[] = [];
  const resumable = ended.filter((record) =>
    !isGood(record) && record.followup_prompt !== "" &&
    record.next_run_id === null &&
    record.thread_id !== null
  );
  if (resumable.length > 0) {
    steps.push(
      `call resume with parent_run_id ${
        resumable.map(({ run_id }) => `"${run_id}"`).join(" or ")
      } (it uses the followup_prompt; perhaps with a stronger profile)`,
    );
  }
  if (running.length > 0) {
    steps.push(`call wait with run_ids ${JSON.stringify(running)}`);
  }
  return steps.length === 0 ? null : steps.join("; ");
}
