import * as z from "zod/mini";
import type { EndedRecord } from "../run/record.ts";
import { MAX_BYTES, readTextIfThere } from "../files/bounded_read.ts";
import { environmentError } from "../system/errors.ts";
import { harmlessLine } from "../text/others_words.ts";
import { formatUntil } from "../text/relative_time.ts";
import { once } from "../system/once.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { acquireLock } from "../files/lock.ts";
import {
  ensureState,
  type Workspace,
  workspacePaths,
} from "../workspace/workspace.ts";

const pausesSchema = once(() =>
  z.object({
    schema: z.literal(1),
    pauses: z.record(
      z.string(),
      z.object({
        /** When it ends; `null`: when the user ends it. */
        until: z.nullable(z.iso.datetime({ offset: true })),
        reason: z.string(),
        by: z.enum(["person", "limit"]),
        since: z.iso.datetime({ offset: true }),
        /** How often in a row the limit was hit. */
        failures: z.number(),
      }),
    ),
  })
);

/** While a profile is paused, none of its runs start. */
export type Pause = z.infer<
  ReturnType<typeof pausesSchema>
>["pauses"][string];

/** The pauses by profile; those that are over still hold how often a limit was hit. */
export type Pauses = Record<string, Pause>;

/** The name under which all profiles are paused. */
export const ALL_PROFILES = "*";

/** The name under which runs without a profile are paused. */
export const NO_PROFILE = "-";

/** Reads the pauses. Throws an `environment` error that names the file if it does not parse. */
export async function readPauses(workspace: Workspace): Promise<Pauses> {
  const path = workspacePaths.pauses(workspace);
  const text = await readTextIfThere(path, { maxBytes: MAX_BYTES.settings });
  if (text === null) return {};
  try {
    return pausesSchema().parse(JSON.parse(text)).pauses;
  } catch (error) {
    throw environmentError(
      `Cannot read "${path}": it is not a list of pauses; correct or remove the file`,
      error,
    );
  }
}

/** The pause that keeps runs of a profile from starting, if there is one now. */
export function pauseOf(
  pauses: Pauses,
  profile: string | null,
  now: number,
): Pause | null {
  const found = [ALL_PROFILES, profile ?? NO_PROFILE]
    .map((name) => pauses[name])
    .filter((pause) => pause !== undefined && isOn(pause, now));
  return found[0] ?? null;
}

/** Whether the pause is in force at this time. */
export function isOn(pause: Pause, now: number): boolean {
  return pause.until === null || Date.parse(pause.until) > now;
}

/** What to tell the user about the pauses in force: a line for each. */
export function pauseLines(pauses: Pauses, now: number): string[] {
  return Object.entries(pauses).filter(([, pause]) => isOn(pause, now)).map(
    ([name, pause]) => `${nameOf(name)} paused${pauseWords(pause, now)}`,
  );
}

function nameOf(name: string): string {
  if (name === ALL_PROFILES) return "All profiles are";
  return name === NO_PROFILE
    ? "Runs without a profile are"
    : `Profile ${name} is`;
}

/** How long a pause lasts and why, as in ` until 13:05:30 (usage limit)`. */
export function pauseWords(pause: Pause, now: number): string {
  const until = pause.until === null
    ? ""
    : ` until ${formatUntil(pause.until, now)}`;
  return pause.by === "limit"
    ? `${until} (${harmlessLine(pause.reason, 200)})`
    : until;
}

/** Pauses a profile until the user ends the pause, or until the given time. Returns the pause. */
export async function pauseProfile(
  workspace: Workspace,
  name: string,
  until: Date | null,
): Promise<Pause> {
  return await changePauses(workspace, (pauses) =>
    pauses[name] = {
      until: until?.toISOString() ?? null,
      reason: "Paused by the user",
      by: "person",
      since: new Date().toISOString(),
      failures: 0,
    });
}

/** Ends the pause of a profile, or with `null` all pauses. Returns the names of those that were in force. */
export async function unpauseProfile(
  workspace: Workspace,
  name: string | null,
): Promise<string[]> {
  return await changePauses(workspace, (pauses) => {
    const names = name === null ? Object.keys(pauses) : [name];
    const ended = names.filter((name) => {
      const pause = pauses[name];
      return pause !== undefined && isOn(pause, Date.now());
    });
    for (const name of names) delete pauses[name];
    return ended;
  });
}

/** Classes of failure that come from an account limit, which ends at some time. */
export function isLimit(record: EndedRecord): boolean {
  return record.failure?.class === "usage_limit" ||
    record.failure?.class === "rate_limit";
}

/**
 * Pauses the profile of a run that hit an account limit, until the time that
 * Codex names, or else for a time that grows with each hit in a row. Any other
 * end of a run of that profile resets the count.
 */
export async function noteLimit(
  workspace: Workspace,
  record: EndedRecord,
): Promise<void> {
  const name = record.profile ?? NO_PROFILE;
  if (!isLimit(record)) {
    // Checked without the lock, because there is hardly ever anything to do.
    const before = (await readPauses(workspace))[name];
    const isOver = before?.by === "limit" && !isOn(before, Date.now());
    if (!isOver || record.goal_met === null) return;
    return await changePauses(workspace, (pauses) => {
      const pause = pauses[name];
      if (pause?.by === "limit" && !isOn(pause, Date.now())) {
        delete pauses[name];
      }
    });
  }
  await changePauses(workspace, (pauses) => {
    const now = Date.now();
    const before = pauses[name];
    const isPaused = before !== undefined && isOn(before, now);
    if (isPaused && before.by === "person") return;
    // Ten workers that hit the limit together count as one hit.
    const failures = isPaused
      ? before.failures
      : (before?.by === "limit" ? before.failures : 0) + 1;
    const told = Date.parse(record.failure?.resets_at ?? "");
    const until = told > now
      ? told + RESET_SPREAD_MS * Math.random()
      : now + backoffMs(failures);
    pauses[name] = {
      until: new Date(
        Math.max(until, isPaused ? Date.parse(before.until ?? "") : 0),
      ).toISOString(),
      reason: record.failure?.message ?? record.reason,
      by: "limit",
      since: isPaused ? before.since : new Date(now).toISOString(),
      failures,
    };
  });
}

/** So that not all accounts in the world come back in the same second. */
const RESET_SPREAD_MS = 2_000;

/** How long to wait for a limit without a known end: up to half an hour. */
export function backoffMs(failures: number): number {
  return growingMs(failures, 30_000, 30 * 60_000);
}

/** How long to wait the nth time: twice as long each time, up to a limit, less up to a quarter at random. */
export function growingMs(n: number, first: number, most: number): number {
  const longest = Math.min(most, first * 2 ** Math.min(n - 1, 10));
  return longest * (1 - Math.random() / 4);
}

async function changePauses<T>(
  workspace: Workspace,
  change: (pauses: Pauses) => T,
): Promise<T> {
  await ensureState(workspace);
  using _lock = await acquireLock(workspacePaths.queueLock(workspace));
  const pauses = await readPauses(workspace);
  const result = change(pauses);
  await writeJsonAtomic(workspacePaths.pauses(workspace), {
    schema: 1,
    pauses,
  });
  return result;
}
