import { tellShared } from "../worktrees/shared_folders.ts";
import { warningsOfStart } from "../fleet/start.ts";
import { heldByAccounts } from "../queue/account_hold.ts";
import { heldLines } from "../queue/account_words.ts";
import type { RunRecord } from "../run/record.ts";
import type { CommonCall } from "./command.ts";

/** Prints the ids of runs that were made together, in order, and what is to be said about them. */
export async function printBatch(
  { options, print, say, fleet }: CommonCall,
  records: readonly RunRecord[],
): Promise<void> {
  const context = await fleet();
  new Set(
    records.flatMap((record) => warningsOfStart(context.workspace, record)),
  ).forEach(say);
  for (const text of await tellShared(context, records)) say(text);
  const now = Date.now();
  const held = (await heldByAccounts(context.workspace, now))
    .filter(({ id }) => records.some(({ run_id }) => run_id === id));
  for (const line of heldLines(held, now)) say(line);
  print(
    options.json
      ? JSON.stringify(
        records.map(({ run_id, status, title }) => ({ run_id, status, title })),
      )
      : records.map(({ run_id }) => run_id).join("\n"),
  );
}
