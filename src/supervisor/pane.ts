import { toldLines } from "../run/told_lines.ts";
import {
  type EndedRecord,
  type LiveRecord,
  type RunRecord,
  tokensOf,
} from "../run/record.ts";
import { toldOf } from "../run/told.ts";
import { formatSeconds } from "../text/duration.ts";
import { inTime } from "../system/delay.ts";
import { writeAll } from "../system/write_all.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { oneLine } from "../text/sanitize.ts";
import { makeStyle, wantsColor } from "../terminal/style.ts";
import { plural } from "../text/wording.ts";
import { makeTranscript, type Transcript } from "../terminal/transcript.ts";
import { ignore, tryOr } from "../system/ignore.ts";

/** What the user sees of a run: its transcript, a live line and the pane's title. */
export interface Pane extends Disposable {
  transcript: Transcript;
  /** How many messages wait for the worker; shown in the live line. */
  showWaiting(messages: number): void;
  /** Draws the end and releases the terminal when everything has been shown. */
  finish(record: EndedRecord): Promise<void>;
}

const STATUS_INTERVAL_MS = 1_000;
const TITLE_COLUMNS = 40;

/** Seconds between changes of the title: every change makes tmux redraw the window's borders. */
const TITLE_STEP_MS = 5_000;

/** Draws a run on standard output for as long as it lasts. `current` returns the current record. */
export function openPane(
  current: () => LiveRecord,
  env: Record<string, string>,
): Pane {
  const isTerminal = Deno.stdout.isTerminal();
  const output = makeOutput();
  const transcript = makeTranscript({
    write: output.write,
    width: terminalWidth,
    style: makeStyle({ color: wantsColor(env, isTerminal) }),
    now: () => Date.now(),
  });
  const startedAt = Date.now();
  const elapsed = () => Date.now() - startedAt;
  const title = (record: RunRecord) => {
    if (isTerminal) output.write(titleSequence(record, elapsed()));
  };
  let waiting = 0;
  let shownStep = -1;
  const tick = () => {
    const record = current();
    const step = Math.floor(elapsed() / TITLE_STEP_MS);
    if (step !== shownStep) title(record);
    shownStep = step;
    if (isTerminal) {
      transcript.status({
        elapsed_ms: elapsed(),
        tokens: tokensOf(record.usage),
        activity: withWaiting(record.activity, waiting),
      });
    }
  };
  if (isTerminal) quietKeyboard(true);
  tick();
  const timer = setInterval(tick, STATUS_INTERVAL_MS);
  return {
    transcript,
    showWaiting: (messages) => waiting = messages,
    async finish(record) {
      clearInterval(timer);
      transcript.clearStatus();
      transcript.footer({ ...record, told: toldLines(toldOf(record)) });
      title(record);
      await output.flush();
      if (isTerminal) quietKeyboard(false);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** What the worker is doing, after the number of messages waiting for it. */
function withWaiting(activity: string | null, waiting: number): string | null {
  if (waiting === 0) return activity;
  const words = `✉ ${plural(waiting, "message")} waiting`;
  return activity === null ? words : `${words} · ${activity}`;
}

/** Names the pane, as in `✓ fix auth · spark · 1m12s`. tmux draws `#[…]` in titles, hence the doubled `#`. */
function titleSequence(record: RunRecord, elapsedMs: number): string {
  const duration = "duration_ms" in record ? record.duration_ms : elapsedMs;
  const words = [
    `${outcomeOf(record).mark} ${oneLine(record.title, TITLE_COLUMNS)}`,
    ...record.profile ? [record.profile] : [],
    formatSeconds(duration),
  ];
  return `\x1b]2;${words.join(" · ").replaceAll("#", "##")}\x1b\\`;
}

/** A pane that is not read (scrolled back, flow control) must not hold up the run; after this time it loses text. */
const MAX_PENDING_CHARACTERS = 4_000_000;
const FLUSH_TIMEOUT_MS = 5_000;

function makeOutput(): {
  write: (text: string) => void;
  flush: () => Promise<void>;
} {
  const encoder = new TextEncoder();
  let pending = "";
  let pumping: Promise<void> | null = null;
  const pump = async () => {
    try {
      while (pending !== "") {
        const bytes = encoder.encode(pending);
        pending = "";
        await writeAll(Deno.stdout, bytes);
      }
    } catch (error) {
      ignore(
        error,
        "the terminal is gone; the run continues, or a signal ends it",
      );
      pending = "";
    }
    pumping = null;
  };
  return {
    write(text) {
      if (pending.length + text.length > MAX_PENDING_CHARACTERS) return;
      pending += text;
      pumping ??= pump();
    },
    async flush() {
      await inTime(pumping ?? Promise.resolve(), FLUSH_TIMEOUT_MS, null);
    },
  };
}

function terminalWidth(): number {
  const why = "without a terminal, a usual width is as good";
  return tryOr(() => Deno.consoleSize().columns, 80, why);
}

/** Keys typed into the pane are not echoed over the transcript; Ctrl-C still works. */
function quietKeyboard(quiet: boolean): void {
  try {
    if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(quiet, { cbreak: true });
  } catch (error) {
    ignore(error, "the terminal is gone");
  }
}
