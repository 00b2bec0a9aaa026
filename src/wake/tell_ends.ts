import { readerOf } from "../owners/reader.ts";
import type { Asker } from "../owners/asker.ts";
import { parseRunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { claimTelling, disclaimTelling } from "../run/seen.ts";
import { delay } from "../system/delay.ts";
import { debugStep, ignore } from "../system/ignore.ts";
import { runFacts } from "../view/run_facts.ts";
import type { FleetContext } from "../workspace/context.ts";
import { endLine } from "./end_line.ts";

/**
 * Claude Code (2.1.332) brings the lines of a moment to the model together, and
 * cuts them off after 3,000 characters; what is behind is lost.
 */
const MOST_TOGETHER = 2_400;

/** How long a moment is, in milliseconds, with enough to spare for a busy machine. */
const MOMENT_MS = 1_500;

export interface TellerOptions {
  /** Writes lines; throws if their reader is gone. */
  write(text: string): Promise<void>;
  /** The session that hears it, as it is now; `null` if it is unknown. */
  asker(): Promise<Asker | null>;
  momentMs?: number;
}

/** Tells ends in their order, each once. */
export interface Teller {
  tell(context: FleetContext, record: EndedRecord): void;
  /** Resolves when all that was to be told is told, or nobody hears it. */
  idle(): Promise<void>;
  /** Aborted when nobody hears it any more. */
  unheard: AbortSignal;
}

interface Ended {
  context: FleetContext;
  record: EndedRecord;
}

/** Makes a teller. */
export function makeTeller(
  { write, asker, momentMs = MOMENT_MS }: TellerOptions,
): Teller {
  const waiting: Ended[] = [];
  const unheard = new AbortController();
  let work: Promise<void> | null = null;
  let momentEnds = 0;
  let room = 0;

  async function tellAll(): Promise<void> {
    for (;;) {
      waiting.sort((a, b) => a.record.ended_at < b.record.ended_at ? -1 : 1);
      const next = waiting.shift();
      if (next === undefined || unheard.signal.aborted) return;
      try {
        await tellOne(next);
      } catch (error) {
        ignore(error, "the inbox still has it");
      }
    }
  }

  async function tellOne({ context, record }: Ended): Promise<void> {
    const { workspace } = context;
    const { isMeant } = await readerOf(context, { asker: await asker() });
    // In the meantime another session may have taken it over.
    if (!await isMeant(record)) return;
    const facts = await runFacts(workspace, record);
    const line = endLine({ ...facts, record });
    if (Date.now() < momentEnds && line.length >= room) {
      await delay(momentEnds - Date.now(), unheard.signal);
    }
    if (Date.now() >= momentEnds) {
      momentEnds = Date.now() + momentMs;
      room = MOST_TOGETHER;
    }
    const id = parseRunId(record.run_id);
    if (!await claimTelling(workspace, id)) return;
    room -= line.length + 1;
    try {
      await write(line + "\n");
      debugStep(() => `monitor: told the end of run ${id}`);
    } catch (error) {
      // Claude Code is gone: whoever continues the session is told.
      ignore(error, "nobody reads the lines any more");
      await disclaimTelling(workspace, id);
      unheard.abort();
    }
  }

  return {
    tell(context, record) {
      waiting.push({ context, record });
      work ??= tellAll().finally(() => work = null);
    },
    async idle() {
      while (work !== null) await work;
    },
    unheard: unheard.signal,
  };
}
