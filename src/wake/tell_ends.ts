import {
  type AskingRecord,
  isAsking,
  mayAsk,
  questionsOf,
} from "../fleet/asking.ts";
import { readerOf } from "../owners/reader.ts";
import type { Asker } from "../owners/asker.ts";
import { parseRunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { questionClaim } from "../run/question_marks.ts";
import { claimTelling, disclaimTelling, toldIds } from "../run/seen.ts";
import { delay } from "../system/delay.ts";
import { debugStep, ignore } from "../system/ignore.ts";
import { runFacts } from "../view/run_facts.ts";
import type { FleetContext } from "../workspace/context.ts";
import { askLine } from "./ask_line.ts";
import { endLine } from "./end_line.ts";

/**
 * Claude Code (2.1.332) brings the lines of a moment to the model together, and
 * cuts them off after 3,000 characters; what is behind is lost.
 */
const MOST_TOGETHER = 2_400;

/** How long a moment is, in milliseconds, with enough to spare for a busy machine. */
const MOMENT_MS = 1_500;

/** How long ends are collected before the first of them is told, in milliseconds. */
const SETTLE_MS = 30;

/** How long whoever has claimed an end has to find out that nobody listens, in milliseconds. */
const RECLAIM_MS = 500;

export interface TellerOptions {
  /** Writes lines; throws if their reader is gone. */
  write(text: string): Promise<void>;
  /** The session that hears it, as it is now; `null` if it is unknown. */
  asker(): Promise<Asker | null>;
  momentMs?: number;
}

/** Tells ends and questions in their order, each once. */
export interface Teller {
  tell(context: FleetContext, record: News): void;
  /** Resolves when everything has been told, or nobody hears it. */
  idle(): Promise<void>;
  /** Aborted when nobody hears it any more. */
  unheard: AbortSignal;
}

/** A run that has ended, or asks. */
export type News = EndedRecord | AskingRecord;

interface Untold {
  context: FleetContext;
  record: News;
}

function timeOf(record: News): string {
  return mayAsk(record) ? record.waiting_for.asked_at : record.ended_at;
}

/** What to say about a run, and the mark that somebody is saying it. */
async function telling(context: FleetContext, record: News) {
  const { workspace } = context;
  if (mayAsk(record)) {
    const folder = questionsOf(context, record);
    const { id } = record.waiting_for;
    return { line: askLine(record), claim: questionClaim(folder, id) };
  }
  const id = parseRunId(record.run_id);
  return {
    line: endLine({ ...await runFacts(workspace, record), record }),
    claim: {
      make: () => claimTelling(workspace, id),
      isMade: async () => (await toldIds(workspace)).has(id),
      takeBack: () => disclaimTelling(workspace, id),
    },
  };
}

/** Makes a teller. */
export function makeTeller(
  { write, asker, momentMs = MOMENT_MS }: TellerOptions,
): Teller {
  const waiting: Untold[] = [];
  const unheard = new AbortController();
  let work: Promise<void> | null = null;
  /** What was written in the last moment. */
  let recent: { at: number; length: number }[] = [];

  async function tellAll(): Promise<void> {
    for (;;) {
      // Ends that come together are not always noticed in their order.
      await delay(SETTLE_MS, unheard.signal);
      waiting.sort((a, b) => timeOf(a.record) < timeOf(b.record) ? -1 : 1);
      const next = waiting.shift();
      if (next === undefined || unheard.signal.aborted) {
        // At once, so that what comes now begins again.
        work = null;
        return;
      }
      try {
        await tellOne(next);
      } catch (error) {
        ignore(error, "the inbox still has it");
      }
    }
  }

  async function tellOne({ context, record }: Untold): Promise<void> {
    const listener = await asker();
    // Without a session everything would be meant.
    if (listener === null) return unheard.abort();
    const { isMeant } = await readerOf(context, { asker: listener });
    // In the meantime another session may have taken it over.
    if (!await isMeant(record)) return;
    const { line, claim } = await telling(context, record);
    await untilRoom(line.length);
    // Waiting for room takes time, and somebody may have answered.
    if (mayAsk(record) && !await isAsking(context, record)) return;
    while (!await claim.make()) {
      // Whoever claims it may find that nobody listens: a monitor whose Claude Code was killed.
      await delay(RECLAIM_MS, unheard.signal);
      if (unheard.signal.aborted) return;
      if (await claim.isMade()) return;
    }
    try {
      await write(line + "\n");
      recent.push({ at: Date.now(), length: line.length + 1 });
      debugStep(() => `monitor: told of run ${record.run_id}`);
    } catch (error) {
      // Claude Code is gone: whoever continues the session is told.
      ignore(error, "nobody reads the lines any more");
      await claim.takeBack();
      unheard.abort();
    }
  }

  /** Waits until a line fits beside those of the last moment. */
  async function untilRoom(length: number): Promise<void> {
    for (;;) {
      const now = Date.now();
      recent = recent.filter(({ at }) => at + momentMs > now);
      const [oldest] = recent;
      const sum = recent.reduce((sum, { length }) => sum + length, length);
      if (oldest === undefined || sum < MOST_TOGETHER) return;
      await delay(oldest.at + momentMs - now, unheard.signal);
      if (unheard.signal.aborted) return;
    }
  }

  return {
    tell(context, record) {
      waiting.push({ context, record });
      work ??= tellAll();
    },
    async idle() {
      while (work !== null) await work;
    },
    unheard: unheard.signal,
  };
}
