import { chainOf } from "../fleet/chain.ts";
import { parseRunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { shortIds } from "../run/short_ids.ts";
import { listRunIds, runFiles } from "../run/store.ts";
import { runCard } from "../view/run_card.ts";
import { type RunFacts, runFacts } from "../view/run_facts.ts";
import type { FleetContext } from "../workspace/context.ts";
import { stdoutCanvas } from "./terminal.ts";

/** Prints a run as a card, for a person at a terminal. */
export async function printCard(
  context: FleetContext,
  run: RunRecord | RunFacts,
  print: (text: string) => void,
): Promise<void> {
  const { workspace, caller } = context;
  const facts = "record" in run ? run : await runFacts(workspace, run);
  const { record, isOlder } = facts;
  const id = parseRunId(record.run_id);
  const card = runCard(facts, {
    ...stdoutCanvas(caller.env),
    cwd: record.cwd,
    chain: isOlder ? [] : await chainOf(context, id),
    folder: runFiles(workspace, id).folder,
    short: shortIds(await listRunIds(workspace)),
    now: Date.now(),
  });
  print(card.join("\n"));
}
