import { fromFileUrl, join } from "@std/path";
import { noteEvent, type TurnEnd } from "../../../src/transport/turn.ts";
import { parseEvent } from "../../../src/codex/events.ts";
import type { TransportName } from "../../../src/codex/transports.ts";

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
  /** What kind of error it was by Codex's own data; `codex exec` never says. */
  error_kind?: string;
  /** The lines that it printed: events. */
  stdout: string[];
  /** The lines that it wrote to stderr. */
  stderr: string[];
}

/** Where the recordings of each way of driving Codex are. */
export const RECORDINGS_DIRS: Record<TransportName, string> = {
  exec: fromFileUrl(new URL("./recordings", import.meta.url)),
  "app-server": fromFileUrl(
    new URL("./recordings/app_server", import.meta.url),
  ),
};

/** All recordings of one way of driving Codex, by name. */
export async function readRecordings(
  transport: TransportName,
): Promise<Recording[]> {
  const folder = RECORDINGS_DIRS[transport];
  const recordings: Recording[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".json")) continue;
    const text = await Deno.readTextFile(join(folder, name));
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
    errorKind: recording.error_kind,
    turnStarted: false,
    turnCompleted: false,
    didWork: false,
    lastMessage: null,
  };
  for (const line of recording.stdout) noteEvent(end, parseEvent(line));
  return end;
}
