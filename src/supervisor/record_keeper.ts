import { isGone } from "../files/exists.ts";
import type { EndedRecord, LiveRecord } from "../run/record.ts";
import { type Redact, redactAll } from "../run/redact.ts";
import { runFiles, writeRecord } from "../run/store.ts";
import { parseRunId } from "../run/id.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { delay } from "../system/delay.ts";
import { ignore, ignored } from "../system/ignore.ts";

/** How often progress is written at most: readers need it no more often, and disks are slow. */
const WRITE_INTERVAL_MS = 1_000;

/** Space for the final record, reserved at the start, so that a full disk does not lose the result. */
const RESERVE_BYTES = 64 * 1024;

/** How often and for how long to try to write the final record before giving the run up as lost. */
const FINISH_INTERVAL_MS = 500;
const FINISH_ATTEMPTS = 60;

/** Keeps the record of a run while its supervisor works, and writes it when due. */
export interface RecordKeeper {
  current(): LiveRecord;
  /** Changes the record, which is written soon. */
  update(change: Partial<LiveRecord>): void;
  /** Changes the record and writes it at once. */
  updateNow(change: Partial<LiveRecord>): Promise<void>;
  /**
   * Writes the final record and returns it as written; nothing is written after
   * it. Keeps trying for half a minute if the disk refuses.
   */
  finish(record: EndedRecord): Promise<EndedRecord>;
}

export interface KeepOptions {
  /** Removes secrets from what is written. */
  redact: Redact;
  /** Called when the run's folder is gone. */
  onRemoved: () => void;
}

/** Makes the keeper of a record; the caller must hold the run's lock. */
export function keepRecord(
  workspace: Workspace,
  first: LiveRecord,
  options: KeepOptions,
): RecordKeeper {
  const { folder, reserve } = runFiles(workspace, parseRunId(first.run_id));
  let record = first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let done = false;
  // One write at a time, so that an older one cannot overtake a newer one.
  let writing: Promise<unknown> = takeReserve(reserve);

  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    if (done) return writing;
    const snapshot = redactAll(record, options.redact);
    writing = writing.then(() =>
      writeRecord(workspace, snapshot, { durable: false })
    ).catch(async (error) => {
      ignore(
        error,
        "progress (on a full disk) is written with the next change",
      );
      if (await isGone(folder)) options.onRemoved();
    });
    return writing;
  };
  const change = (values: Partial<LiveRecord>) => {
    record = { ...record, ...values } as LiveRecord;
  };
  return {
    current: () => record,
    update(values) {
      change(values);
      timer ??= setTimeout(write, WRITE_INTERVAL_MS);
    },
    async updateNow(values) {
      change(values);
      await write();
    },
    async finish(final) {
      clearTimeout(timer);
      done = true;
      await writing;
      const written = redactAll(final, options.redact);
      await removeQuietly(reserve);
      for (let attempt = 1;; attempt++) {
        try {
          await writeRecord(workspace, written);
          return written;
        } catch (error) {
          if (attempt >= FINISH_ATTEMPTS || await isGone(folder)) throw error;
          await delay(FINISH_INTERVAL_MS);
        }
      }
    },
  };
}

async function takeReserve(path: string): Promise<void> {
  // Not zeros, which some file systems do not store.
  const bytes = crypto.getRandomValues(new Uint8Array(RESERVE_BYTES));
  await Deno.writeFile(path, bytes, { mode: 0o600 }).catch(
    ignored("the end of the run is written without reserved space"),
  );
}
