import { join } from "@std/path";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES, readTextIfThere } from "../files/bounded_read.ts";
import type { ClaudeProcess } from "../run/owner.ts";
import { startsOf } from "../system/process_starts.ts";
import { claudeHome, processKey, readNotes } from "./claude_notes.ts";
import { monitorPlace } from "./monitor_place.ts";

/**
 * Notes which processes of Claude Code have ended and left their notes behind: after
 * a crash, 2.1.332 never removes them. It checks only processes that say they share the
 * given one's machine and namespace, because it cannot see any others.
 */
export async function noteGone(
  env: Record<string, string>,
  process: ClaudeProcess,
): Promise<void> {
  const notes = await readNotes(claudeHome(env));
  const own = notes.find((note) => note.process.pid === process.pid);
  const others = notes.filter((note) =>
    note !== own && own?.domain !== null && note.domain === own?.domain
  );
  if (others.length === 0) return;
  const starts = await startsOf(others.map(({ process }) => process.pid), env);
  for (const { process } of others) {
    const started = starts.get(process.pid);
    // Some systems do not say when.
    if (started === "" || started === process.started) continue;
    const path = gonePath(env, process);
    await Deno.mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, processKey(process), { durable: false });
  }
}

/** Whether it is noted that the process has ended. */
export async function isNotedGone(
  env: Record<string, string>,
  process: ClaudeProcess,
): Promise<boolean> {
  const text = await readTextIfThere(gonePath(env, process), {
    maxBytes: MAX_BYTES.settings,
  });
  return text === processKey(process);
}

function gonePath(
  env: Record<string, string>,
  { pid }: ClaudeProcess,
): string {
  return join(monitorPlace(env, pid).folder, "gone");
}
