import { openPlain } from "../files/bounded_read.ts";
import { findRollout } from "./rollout.ts";
import { infoAt } from "../files/exists.ts";
import { delay } from "../system/delay.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";

/** The file of a thread, and its length in bytes when it was found. */
export interface ThreadMark {
  path: string | null;
  size: number;
}

/** How much of a prompt is searched for: enough to recognise it, but not a megabyte. */
const SAMPLE_CHARACTERS = 400;

/** Codex writes within milliseconds; if the format differs from that of 0.169.0, we stop waiting after this. */
const PATIENCE_MS = 5_000;

/** How often the file is checked during this short wait. */
const CHECK_MS = 50;

/** Notes how long a thread's file is before a turn, so that what the turn adds can be recognised. */
export async function markThread(
  env: Record<string, string>,
  threadId: string,
): Promise<ThreadMark> {
  const path = await findRollout(env, threadId);
  const info = path === null ? null : await infoAt(path);
  return { path, size: info?.size ?? 0 };
}

/**
 * Resolves when Codex has written the prompt of a turn into its thread's file
 * (`sessions/YYYY/MM/DD/rollout-…-<thread>.jsonl`, seen with 0.169.0), or when
 * that cannot be seen. `turn.started` comes earlier: a turn that is stopped in
 * between never happened, and a resumed thread knows nothing of its prompt.
 */
export async function promptKept(
  env: Record<string, string>,
  threadId: string,
  prompt: string,
  before: ThreadMark | null,
): Promise<void> {
  // As in a JSON string; never cut within an escape or a character.
  const sample = JSON.stringify(
    [...prompt.slice(0, 2 * SAMPLE_CHARACTERS)]
      .slice(0, SAMPLE_CHARACTERS).join(""),
  ).slice(1, -1);
  const deadline = performance.now() + PATIENCE_MS;
  let path = before?.path ?? null;
  while (performance.now() < deadline) {
    path ??= await findRollout(env, threadId);
    if (path !== null && await addedText(path, before?.size ?? 0, sample)) {
      return;
    }
    await delay(CHECK_MS);
  }
}

async function addedText(
  path: string,
  offset: number,
  sample: string,
): Promise<boolean> {
  try {
    using file = await openPlain(path, { followLink: true });
    await file.seek(offset, Deno.SeekMode.Start);
    return (await new Response(file.readable).text()).includes(sample);
  } catch (error) {
    ignoreUnlessAbsent(
      error,
      "a thread that cannot be read holds no prompt yet",
    );
    return false;
  }
}
