import { heldByAccounts } from "../queue/account_hold.ts";
import { accountLines, heldLines, isOver } from "../queue/account_words.ts";
import { type Accounts, readAccounts } from "../queue/accounts.ts";
import type { RunId } from "../run/id.ts";
import { parseSince } from "../text/since.ts";
import type { FleetContext } from "../workspace/context.ts";
import { type CountableRun, countableRuns } from "./countable_runs.ts";
import {
  type Grouping,
  groupRuns,
  type RunGroup,
  type RunSums,
  sumRuns,
} from "./run_sums.ts";

/** Without a choice, runs are added up by each of these. */
export const OVERVIEW: readonly Grouping[] = ["project", "profile", "day"];

/** What was added up. */
export interface RunStats {
  since: Date | null;
  runs: CountableRun[];
  totals: RunSums;
  groupings: readonly Grouping[];
  /** What is known about account limits, and the queued runs that wait for them. */
  accounts: Accounts;
  held: Awaited<ReturnType<typeof heldByAccounts>>;
  /** Runs that cannot be read. */
  damaged: RunId[];
}

/** Adds up the runs since a time in the user's words. Throws a `usage` error for one that it does not understand. */
export async function runStats(
  open: () => Promise<FleetContext>,
  { since: text, by }: { since?: string; by?: Grouping },
  onDamaged: (error: unknown) => void,
): Promise<RunStats> {
  const now = new Date();
  const since = text === undefined ? null : parseSince(text, now);
  const damaged: RunId[] = [];
  const context = await open();
  const { workspace } = context;
  const runs = await countableRuns(context, {
    since,
    now,
    onDamaged: (id, error) => {
      damaged.push(id);
      onDamaged(error);
    },
  });
  const groupings = by === undefined ? OVERVIEW : [by];
  return {
    since,
    runs,
    totals: sumRuns(runs),
    groupings,
    accounts: await readAccounts(workspace),
    held: await heldByAccounts(workspace, now.getTime()),
    damaged,
  };
}

/** What to tell about account limits: a line for each account, and one for the runs that wait. */
export function accountWords({ accounts, held }: RunStats): string[] {
  const now = Date.now();
  return [...accountLines(accounts, now), ...heldLines(held, now)];
}

/** The sums as JSON; `most` limits the groups of each kind. */
export function statsJson(
  { since, runs, totals, groupings, accounts, held, damaged }: RunStats,
  most = Infinity,
) {
  const now = Date.now();
  return {
    since: since?.toISOString() ?? null,
    totals,
    ...Object.fromEntries(groupings.map((by) => [
      `by_${by}`,
      groupRuns(runs, by).slice(0, most).map((group) => jsonOf(by, group)),
    ])),
    accounts: Object.values(accounts).map(({ codex_home, windows }) => ({
      codex_home,
      windows: windows.map((window) => ({
        ...window,
        // What was heard before a reset does not count.
        used_percent: isOver(window, now) ? null : window.used_percent,
      })),
    })),
    held_by_account: held.map(({ id }) => id),
    damaged,
  };
}

function jsonOf(by: Grouping, { key, title, sums }: RunGroup) {
  const name = by === "run" ? "run_id" : by === "chain" ? "root_run_id" : by;
  return {
    [name]: key,
    ...title === undefined ? {} : { title },
    ...sums,
  };
}
