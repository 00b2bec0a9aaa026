import { formatDuration } from "../text/duration.ts";
import { harmlessLine } from "../text/others_words.ts";
import { formatUntil, formatWhen } from "../text/relative_time.ts";
import { plural } from "../text/wording.ts";
import { MAIN_LIMIT } from "../codex/usage_limit.ts";
import type { AccountHold } from "./account_hold.ts";
import {
  type Account,
  type Accounts,
  type AccountWindow,
  endOf,
} from "./accounts.ts";

/** Why a run waits: `account is at 92% of its 5 hours until 14:05:30`. */
export function holdWords({ window, until }: AccountHold, now: number): string {
  return `account is at ${percentOf(window)} of its ${
    windowName(window)
  } until ${formatUntil(new Date(until).toISOString(), now)}`;
}

/** What to say about queued runs that wait for their accounts: one line, or none if there are no such runs. */
export function heldLines(
  held: readonly { id: string; hold: AccountHold }[],
  now: number,
): string[] {
  const [first] = held.toSorted((a, b) => a.hold.until - b.hold.until);
  if (first === undefined) return [];
  const wait = held.length === 1 ? "waits" : "wait";
  return [
    `${plural(held.length, "run")} ${wait} because the ${
      holdWords(first.hold, now)
    }; "agentctl release RUN" starts one anyway`,
  ];
}

/** A line for each account: how much of it is used, until when, and when that was heard. */
export function accountLines(accounts: Accounts, now: number): string[] {
  const all = Object.values(accounts)
    .filter(({ windows }) => windows.length > 0);
  const homes = all.map(({ codex_home }) => codex_home);
  return all.map((account) => {
    const { codex_home, windows } = account;
    const isAmbiguous = homes.filter((home) => home === codex_home).length > 1;
    const name = all.length === 1
      ? "Account"
      : `Account of ${harmlessLine(codex_home)}${
        isAmbiguous && account !== newestOf(all, codex_home)
          ? " (another login or provider)"
          : ""
      }`;
    return `${name}: ${windowsWords(windows, now)}`;
  });
}

/** Each window, and when it was heard: once, if that is the same for all. */
function windowsWords(windows: readonly AccountWindow[], now: number): string {
  const sorted = windows.toSorted((a, b) =>
    (a.window_minutes ?? 0) - (b.window_minutes ?? 0)
  );
  const heard = sorted.map(({ heard_at }) =>
    ` (heard ${agoOf(heard_at, now)})`
  );
  const isOne = new Set(heard).size === 1;
  const words = sorted.map((window, index) =>
    windowWords(window, now) + (isOne ? "" : heard[index])
  );
  return words.join(", ") + (isOne ? heard[0] : "");
}

/** How old something is: `just now`, `4m ago`, `2h05m ago`. */
function agoOf(iso: string, now: number): string {
  const age = now - Date.parse(iso);
  return age < HOUR_MS ? formatWhen(iso, now) : `${formatDuration(age)} ago`;
}

/** `5 hours 92% used until 14:05:30`; what was heard before a reset does not count. */
function windowWords(window: AccountWindow, now: number): string {
  const end = new Date(endOf(window)).toISOString();
  const name = windowName(window);
  return isOver(window, now)
    ? `${name} unknown since its reset at ${formatUntil(end, now)}`
    : `${name} ${percentOf(window)} used until ${formatUntil(end, now)}`;
}

/** Whether a window has been reset since it was heard. */
export function isOver(window: AccountWindow, now: number): boolean {
  return endOf(window) <= now;
}

function percentOf({ used_percent }: AccountWindow): string {
  // Rounded down: at 89.9%, a ceiling of 90% is not reached.
  return `${Math.floor(used_percent)}%`;
}

const HOUR_MS = 60 * 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** The length of a window, and of which limit it is if not of the main one: `5 hours`, `week`, `day of codex_other`. */
export function windowName({ window_minutes, limit }: AccountWindow): string {
  const which = limit === MAIN_LIMIT ? "" : ` of ${harmlessLine(limit, 40)}`;
  return (window_minutes === null ? "limit" : lengthWords(window_minutes)) +
    which;
}

function lengthWords(minutes: number): string {
  // Servers also say 299 minutes.
  const whole = minutes < HOUR ? minutes : Math.round(minutes / 5) * 5;
  const units = [[WEEK, "week"], [DAY, "day"], [HOUR, "hour"]] as const;
  const [length, name] = units.find(([length]) => whole % length === 0) ??
    [1, "minute"];
  const count = whole / length;
  return count === 1 ? name : plural(count, name);
}

function newestOf(all: readonly Account[], home: string): Account | undefined {
  const heard = ({ windows }: Account) =>
    windows.map(({ heard_at }) => heard_at).sort().at(-1) ?? "";
  return all.filter(({ codex_home }) => codex_home === home)
    .toSorted((a, b) => heard(a) < heard(b) ? -1 : 1).at(-1);
}
