import { fromFileUrl, join } from "@std/path";
import { noteEvent, type TurnEnd } from "../../../src/transport/turn.ts";
import { parseEvent } from "../../../src/codex/events.ts";

/** How one run of the real Codex ended. Paths, ports, ids and times are placeholders. */
export interface Recording {
  name: string;
  /** What made it end so. */
  how: string;
  codex: string;
  argv: string[];
  exit_code: number;
  signal: string | null;
  seconds: number;
  /** The lines that it printed: events. */
  stdout: string[];
  /** The lines that it wrote to stderr. */
  stderr: string[];
}

export const RECORDINGS_DIR = fromFileUrl(
  new URL("./recordings", import.meta.url),
);

/** All recordings, by name. */
export async function readRecordings(): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for await (const { name } of Deno.readDir(RECORDINGS_DIR)) {
    if (!name.endsWith(".json")) continue;
    const text = await Deno.readTextFile(join(RECORDINGS_DIR, name));
    recordings.push(JSON.parse(text));
  }
  return recordings.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** What the supervisor knows at the end of such a run. */
export function replay(recording: Recording): TurnEnd {
  const end: TurnEnd = {
    exitCode: recording.exit_code,
    signal: recording.signal,
    endedBy: [],
    stderrTail: recording.stderr.join("\n"),
    errors: [],
    turnStarted: false,
    turnCompleted: false,
    didWork: false,
    lastMessage: null,
  };
  for (const line of recording.stdout) noteEvent(end, parseEvent(line));
  return end;
}
