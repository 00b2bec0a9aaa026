import type { EndedRecord, LiveRecord } from "../run/record.ts";
import { writeRecord } from "../run/store.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** How often progress is written at most; readers need no more, and disks are slow. */
const WRITE_INTERVAL_MS = 1_000;

/** Holds the record of a run while its supervisor works, and writes it when it should be. */
export interface RecordKeeper {
  current(): LiveRecord;
  /** Changes the record; it is written soon. */
  update(change: Partial<LiveRecord>): void;
  /** Changes the record and writes it at once. */
  updateNow(change: Partial<LiveRecord>): Promise<void>;
  /** Writes the final record; nothing is written after it. */
  finish(record: EndedRecord): Promise<void>;
}

/** Makes the keeper of a record; who has it holds the run's lock. */
export function keepRecord(
  workspace: Workspace,
  first: LiveRecord,
): RecordKeeper {
  let record = first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let done = false;
  // Writes follow one another, so that an older one cannot overtake.
  let writing: Promise<unknown> = Promise.resolve();

  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    if (done) return writing;
    const snapshot = record;
    // Progress that cannot be written (a full disk) is written with the next change.
    writing = writing.then(() =>
      writeRecord(workspace, snapshot, { durable: false }).catch(() => {})
    );
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
      await writeRecord(workspace, final);
    },
  };
}
