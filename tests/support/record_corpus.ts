/**
 * Records how the real Codex ends: `deno run -A tests/support/record_corpus.ts [NAME…]`
 * makes all endings of `tests/codex/corpus/endings.ts`, or those named, one
 * after the other, and writes a recording of each; with `--app-server`, of those
 * that can happen there. With `--write` alone it
 * records nothing and only brings the recordings' descriptions and
 * `docs/failures.md` into step. Linux on x86-64, as root.
 */
import { join } from "@std/path";
import type { TransportName } from "../../src/codex/transports.ts";
import { onlyByExec } from "../codex/corpus/ending.ts";
import { ENDINGS } from "../codex/corpus/endings.ts";
import { FAILURES_PAGE, failuresPage } from "../codex/corpus/failures_page.ts";
import {
  readRecordings,
  type Recording,
  RECORDINGS_DIRS,
} from "../codex/corpus/recording.ts";
import { recordByAppServer } from "./record_by_app_server.ts";
import { recordEnding } from "./record_ending.ts";

const transport = Deno.args.includes("--app-server") ? "app-server" : "exec";

/** The earlier figure where the new one hardly differs, for a small diff. */
async function steady(recording: Recording): Promise<Recording> {
  const old = (await readRecordings(transport)).find(({ name }) =>
    name === recording.name
  );
  if (old === undefined) return recording;
  const change = Math.abs(old.seconds - recording.seconds);
  return change < Math.max(2, old.seconds / 2)
    ? { ...recording, seconds: old.seconds }
    : recording;
}

async function write(
  recording: Recording,
  to: TransportName = transport,
): Promise<void> {
  await Deno.writeTextFile(
    join(RECORDINGS_DIRS[to], `${recording.name}.json`),
    JSON.stringify(recording, null, 2) + "\n",
  );
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

const names = Deno.args.filter((word) => !word.startsWith("-"));
const unknown = names.filter((name) =>
  !ENDINGS.some((ending) => ending.name === name)
);
if (unknown.length > 0) {
  throw new Error(`No such ending: ${unknown.join(", ")}`);
}
if (!Deno.args.includes("--write")) {
  for (const ending of ENDINGS) {
    if (names.length > 0 && !names.includes(ending.name)) continue;
    if (transport === "app-server" && onlyByExec(ending)) continue;
    const record = transport === "exec" ? recordEnding : recordByAppServer;
    const recording = await steady(await record(ending));
    await write(recording);
    const by = recording.signal ?? recording.exit_code;
    say(`${ending.name}: ${by}, ${recording.seconds} s`);
  }
}
for (const each of ["exec", "app-server"] as const) {
  for (const recording of await readRecordings(each)) {
    const ending = ENDINGS.find(({ name }) => name === recording.name);
    if (ending) await write({ ...recording, how: ending.how }, each);
  }
}
await Deno.writeTextFile(
  FAILURES_PAGE,
  failuresPage(await readRecordings("exec")),
);
