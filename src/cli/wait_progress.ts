import { durationOf } from "../run/outcome.ts";
import type { RunId } from "../run/id.ts";
import { isEnded } from "../run/record.ts";
import { currentAttempt } from "../fleet/chain.ts";
import { formatDuration } from "../text/duration.ts";
import { instead } from "../system/ignore.ts";
import { writeStderr } from "../system/standard_output.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { harmlessLine } from "../text/others_words.ts";
import { cutColumns } from "../text/sanitize.ts";
import type { FleetContext } from "../workspace/context.ts";
import { stdoutWidth } from "./terminal.ts";

const SECOND_MS = 1_000;

/** How many runs the line names. */
const MOST_NAMED = 4;

const TITLE_COLUMNS = 24;

/** A line that shows what is still running. */
export interface WaitProgress extends Disposable {
  /** Removes the line, so that something else can be printed; it comes back within a second. */
  clear(): void;
}

/**
 * Shows in the last line of the terminal what is still running, and for how long, until
 * it is disposed of. Ctrl-C ends this process with exit code 130, after it has said that
 * the runs go on, and `again`: how to wait again.
 */
export function showWait(
  context: FleetContext,
  ids: readonly RunId[],
  { env, short, again }: {
    env: Record<string, string>;
    short: (id: string) => string;
    again: string;
  },
): WaitProgress {
  const state = { shown: false, over: false };
  const clear = () => {
    if (state.shown) writeStderr("\r\x1b[K");
    state.shown = false;
  };
  const draw = async () => {
    const line = await describe(context, ids, short);
    if (state.over || line === "") return;
    writeStderr(`\r\x1b[K${cutColumns(line, stdoutWidth(env) - 1)}`);
    state.shown = true;
  };
  const drawing = () =>
    void draw().catch(instead(undefined, "it is only shown"));
  const timer = setInterval(drawing, SECOND_MS);
  drawing();
  const leave = () => {
    clear();
    writeStderr(`The runs go on; wait again with "${again}"\n`);
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", leave);
  return {
    clear,
    [Symbol.dispose]() {
      state.over = true;
      clearInterval(timer);
      Deno.removeSignalListener("SIGINT", leave);
      clear();
    },
  };
}

async function describe(
  context: FleetContext,
  ids: readonly RunId[],
  short: (id: string) => string,
): Promise<string> {
  const records = await Promise.all(
    ids.map((id) =>
      currentAttempt(context, id).catch(instead(null, "it is only shown"))
    ),
  );
  const live = records.filter((record) => record !== null && !isEnded(record));
  const parts = live.slice(0, MOST_NAMED).map((record) => {
    if (record === null) return "";
    const { mark, words } = outcomeOf(record);
    const ms = durationOf(record);
    const time = ms === null || record.status !== "running"
      ? words
      : formatDuration(ms);
    const title = harmlessLine(record.title, TITLE_COLUMNS);
    return `${mark} ${short(record.run_id)} ${title} ${time}`;
  });
  const more = live.length - parts.length;
  return parts.join("  ") + (more > 0 ? `  and ${more} more` : "");
}
