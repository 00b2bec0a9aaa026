import * as z from "zod/mini";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { readJson } from "../files/read_json.ts";
import { parseRunId } from "../run/id.ts";
import type { LiveRecord, RunRecord } from "../run/record.ts";
import { readStoredRecord, runFiles } from "../run/store.ts";
import { instead } from "../system/ignore.ts";
import { once } from "../system/once.ts";
import { parsePercent } from "../text/percent.ts";
import type { Workspace } from "../workspace/workspace.ts";
import {
  type Accounts,
  type AccountWindow,
  endOf,
  readAccounts,
} from "./accounts.ts";
import { waitingIds } from "./queue_files.ts";

/** An account limit that keeps a run in the queue. */
export interface AccountHold {
  window: AccountWindow;
  /** When the window resets, in milliseconds since the epoch. */
  until: number;
}

/** What is known about accounts, read on first use, for all runs of one look at the queue. */
export interface AccountLook {
  accounts: () => Promise<Accounts>;
  /** The keys of accounts, by what determines them. */
  keys: Map<string, Promise<string | null>>;
}

/** Begins a look at accounts. */
export function lookAtAccounts(workspace: Workspace): AccountLook {
  return { accounts: once(() => readAccounts(workspace)), keys: new Map() };
}

/**
 * The account limit that keeps a queued run from starting; `null` if none does. One
 * small file tells whether any limit could; only then does this look up which account
 * the run would use.
 */
export async function accountHold(
  workspace: Workspace,
  record: RunRecord,
  now: number,
  look = lookAtAccounts(workspace),
): Promise<AccountHold | null> {
  if (record.status !== "queued" || record.over_ceiling) return null;
  const ceiling = ceilingOf(workspace, record);
  if (ceiling === null) return null;
  const full = fullWindows(await look.accounts(), ceiling, now);
  if (full.length === 0) return null;
  const key = await accountKey(workspace, record, look);
  const own = full.filter((window) => window.key === key);
  const last = own.toSorted((a, b) => a.until - b.until).at(-1);
  return last ? { window: last.window, until: last.until } : null;
}

/** What percentage of its account may be used when a run starts: its own option, or the setting as it is now; `null`: all. */
export function ceilingOf(
  { config }: Workspace,
  { max_account }: Pick<RunRecord, "max_account">,
): number | null {
  return max_account ?? parsePercent(String(config.account_ceiling));
}

/** The windows of all accounts of which at least this percentage is used. */
export function fullWindows(
  accounts: Accounts,
  percent: number,
  now: number,
): (AccountHold & { key: string })[] {
  return Object.entries(accounts).flatMap(([key, { windows }]) =>
    windows.map((window) => ({ key, window, until: endOf(window) }))
      .filter(({ window, until }) =>
        window.used_percent >= percent && until > now
      )
  );
}

/** The queued runs that wait for their accounts. */
export async function heldByAccounts(
  workspace: Workspace,
  now: number,
): Promise<{ id: string; hold: AccountHold }[]> {
  const look = lookAtAccounts(workspace);
  // No record has to be read if nothing is known.
  if (fullWindows(await look.accounts(), 0, now).length === 0) return [];
  const held = await Promise.all(
    (await waitingIds(workspace)).map(async (id) => {
      const record = await readStoredRecord(runFiles(workspace, id)).catch(
        instead(null, "a run that cannot be read does not start"),
      );
      const hold = record &&
        await accountHold(workspace, record, now, look);
      return hold ? [{ id, hold }] : [];
    }),
  );
  return held.flat();
}

const environmentSchema = () => z.record(z.string(), z.string());

/** The key of the account that the worker of a queued run would use; `null` if its environment is not known. */
async function accountKey(
  workspace: Workspace,
  { run_id, profile }: LiveRecord,
  { keys }: AccountLook,
): Promise<string | null> {
  const { env: path } = runFiles(workspace, parseRunId(run_id));
  const bounds = { maxBytes: MAX_BYTES.settings };
  const env = await readJson(path, environmentSchema, bounds);
  if (env === null) return null;
  const { HOME, CODEX_HOME, CODEX_API_KEY } = env;
  const from = JSON.stringify([HOME, CODEX_HOME, CODEX_API_KEY, profile]);
  const key = keys.get(from) ?? keyOf(env, profile);
  keys.set(from, key);
  return await key;
}

async function keyOf(
  env: Record<string, string>,
  profile: string | null,
): Promise<string | null> {
  // Loaded only here, because it is rare.
  const { codexAccount } = await import("../codex/account.ts");
  const account = await codexAccount(env, profile).catch(
    instead(null, "a run without a home has no account"),
  );
  return account?.key ?? null;
}
