import * as z from "zod/mini";
import type { CodexAccount } from "../codex/account.ts";
import { mergeLimits, type UsageLimit } from "../codex/usage_limit.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { acquireLock } from "../files/lock.ts";
import { readJson } from "../files/read_json.ts";
import { once } from "../system/once.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";

const accountsSchema = once(() => {
  const time = z.iso.datetime({ offset: true });
  return z.object({
    schema: z.literal(1),
    accounts: z.record(
      z.string(),
      z.object({
        /** The folder of Codex. */
        codex_home: z.string(),
        windows: z.array(z.object({
          limit: z.string(),
          place: z.enum(["primary", "secondary"]),
          used_percent: z.number(),
          window_minutes: z.nullable(z.number()),
          resets_at: z.nullable(time),
          heard_at: time,
        })),
      }),
    ),
  });
});

/** What was last heard about the limits of each account, by its key. */
export type Accounts = z.infer<ReturnType<typeof accountsSchema>>["accounts"];

export type Account = Accounts[string];

/** How much of an account limit is used, and when that was heard. */
export type AccountWindow = Account["windows"][number];

/** Reads what is known about accounts. A damaged file counts as missing: what is heard next replaces it. */
export async function readAccounts(workspace: Workspace): Promise<Accounts> {
  const path = workspacePaths.accounts(workspace);
  const bounds = { maxBytes: MAX_BYTES.note };
  return (await readJson(path, accountsSchema, bounds))?.accounts ?? {};
}

const MINUTE_MS = 60_000;

/** How long a window counts whose reset and length are unknown. */
const UNTOLD_MINUTES = 60;

/** When a window resets at the latest, in milliseconds since the epoch: what is known about it counts until then. */
export function endOf(
  { resets_at, heard_at, window_minutes }: AccountWindow,
): number {
  if (resets_at !== null) return Date.parse(resets_at);
  return Date.parse(heard_at) + (window_minutes ?? UNTOLD_MINUTES) * MINUTE_MS;
}

/** How much is kept, so that no server can fill the disk. */
const MOST_ACCOUNTS = 20;
const MOST_WINDOWS = 20;
const LIMIT_CHARACTERS = 64;
const LONGEST_MINUTES = 366 * 24 * 60;

/** How long a window is still shown after its reset. */
const SHOWN_MS = 30 * 24 * 60 * MINUTE_MS;

/**
 * Keeps what was heard about the limits of an account. Returns whether less is used
 * than was known, so that a run that waits for that may start.
 */
export async function noteLimits(
  workspace: Workspace,
  { key, home }: CodexAccount,
  limits: readonly UsageLimit[],
  now: number,
): Promise<boolean> {
  const told = limits.map((window) => windowOf(window, now));
  using _lock = await acquireLock(workspacePaths.queueLock(workspace));
  const accounts = await readAccounts(workspace);
  const known = accounts[key]?.windows ?? [];
  const windows = mergeLimits(known, told)
    .filter((window) => endOf(window) > now - SHOWN_MS)
    .slice(-MOST_WINDOWS);
  const others = Object.entries(accounts).filter(([other]) => other !== key);
  await writeJsonAtomic(workspacePaths.accounts(workspace), {
    schema: 1,
    accounts: Object.fromEntries([
      ...others.slice(1 - MOST_ACCOUNTS),
      [key, { codex_home: home, windows }],
    ]),
  });
  return told.some(({ limit, place, used_percent }) =>
    known.some((before) =>
      before.limit === limit && before.place === place &&
      before.used_percent > used_percent
    )
  );
}

function windowOf(
  { resets_at, window_minutes, ...window }: UsageLimit,
  now: number,
): AccountWindow {
  const length = window_minutes ?? 0;
  const end = new Date((resets_at ?? NaN) * 1_000);
  return {
    ...window,
    limit: window.limit.slice(0, LIMIT_CHARACTERS),
    window_minutes: length > 0 && length <= LONGEST_MINUTES ? length : null,
    // The schema takes four digits for the year.
    resets_at: end.getTime() > 0 && end.getTime() < Date.UTC(9999)
      ? end.toISOString()
      : null,
    heard_at: new Date(now).toISOString(),
  };
}
