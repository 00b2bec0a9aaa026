import type { RunRecord } from "../run/record.ts";
import { isElsewhere } from "../run/run_host.ts";
import { formatUntil } from "../text/relative_time.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { accountHold } from "./account_hold.ts";
import { holdWords } from "./account_words.ts";
import { readiness } from "./dependencies.ts";
import {
  ALL_PROFILES,
  pauseOf,
  type Pauses,
  pauseWords,
  readPauses,
} from "./pauses.ts";
import { instead } from "../system/ignore.ts";

/** Why a queued run has not started yet, in a few words; `null` for a run that is not waiting. */
export async function waitingReason(
  workspace: Workspace,
  record: RunRecord,
  known?: Pauses,
): Promise<string | null> {
  if (record.status !== "queued") return null;
  if (await isElsewhere(record)) {
    return `for ${record.host?.name}, where it was started`;
  }
  if (record.held) return 'held, until "agentctl release"';
  const ready = await readiness(workspace, record);
  if (ready.state === "waiting") return `after ${ready.runs.join(", ")}`;
  if (ready.state === "hopeless") return ready.reason;
  const now = Date.now();
  const pauses: Pauses = known ??
    await readPauses(workspace).catch(
      instead({}, "pauses that cannot be read are no reason to wait"),
    );
  const pause = pauseOf(pauses, record.profile, now);
  if (pause !== null) {
    const who = pauses[ALL_PROFILES] === pause
      ? "all profiles are"
      : `${record.profile ?? "its profile"} is`;
    return `${who} paused${pauseWords(pause, now)}`;
  }
  const hold = await accountHold(workspace, record, now);
  if (hold !== null) return holdWords(hold, now);
  if (record.not_before && Date.parse(record.not_before) > now) {
    return `retried at ${formatUntil(record.not_before, now)}`;
  }
  return "for a slot";
}
