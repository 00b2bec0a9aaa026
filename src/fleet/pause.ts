import { ALL_PROFILES, type Pause, pauseProfile } from "../queue/pauses.ts";
import { formatUntil } from "../text/relative_time.ts";
import type { FleetContext } from "../workspace/context.ts";
import { requireProfile } from "./task.ts";

/**
 * Pauses the queue for a profile, or for all (`null`), for `forMs` milliseconds or
 * until somebody ends it. Throws a `not_found` error for an unknown profile.
 */
export async function pauseQueue(
  context: FleetContext,
  profile: string | null,
  forMs?: number,
): Promise<{ pause: Pause; words: string }> {
  const until = forMs === undefined ? null : new Date(Date.now() + forMs);
  if (profile !== null) await requireProfile(context, profile, "pause");
  const pause = await pauseProfile(
    context.workspace,
    profile ?? ALL_PROFILES,
    until,
  );
  const runs = profile === null ? "No run" : `No run of profile ${profile}`;
  const end = until === null
    ? `"agentctl unpause${profile === null ? "" : ` ${profile}`}"`
    : formatUntil(until.toISOString(), Date.now());
  return { pause, words: `${runs} starts until ${end}` };
}
