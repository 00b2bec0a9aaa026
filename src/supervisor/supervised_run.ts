import { basename } from "@std/path";
import { type LogFile, openLogFile } from "../files/log_file.ts";
import type { RecordedState } from "../git/kept_changes.ts";
import type { FleetContext } from "../workspace/context.ts";
import { runMark } from "../run/environment.ts";
import type { RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import type { RunFiles } from "../run/store.ts";
import { messageOf } from "../system/errors.ts";
import { endMarkedProcesses } from "../system/processes.ts";
import type { EndingWatch } from "./ending.ts";
import type { Pane } from "./pane.ts";
import type { RecordKeeper } from "./record_keeper.ts";

/** The worktree of a running run. */
export interface OpenWorktree {
  /** Notes the state before the worker; `null` if unknown. */
  begin(state: RecordedState | null): Promise<void>;
  /** Commits what the worker left: the current state, if known, and what the worker says about it. */
  keep(state: RecordedState | null, summary: string): Promise<void>;
  /** Releases the worktree, and removes it if nothing was changed and no attempt continues in it. */
  leave(final: EndedRecord): Promise<void>;
}

/** What all steps of a run share. */
export interface SupervisedRun {
  context: FleetContext;
  id: RunId;
  files: RunFiles;
  prompt: Uint8Array<ArrayBuffer>;
  env: Record<string, string>;
  keeper: RecordKeeper;
  pane: Pane;
  ending: EndingWatch;
  /** The worktree in which it works, once it is ready. */
  worktree: OpenWorktree | null;
}

/** Notes something in the record and the pane that does not end the run. */
export function warn(run: SupervisedRun, text: string): void {
  run.keeper.update({ warnings: [...run.keeper.current().warnings, text] });
  run.pane.transcript.note(text);
}

/** Opens a log of the run; a warning says if something is missing in it. */
export function openRunLog(run: SupervisedRun, path: string): LogFile {
  return openLogFile(
    path,
    (error) =>
      warn(run, `${basename(path)} is not complete: ${messageOf(error)}`),
  );
}

/** Ends all processes of a run that is over, wherever they hide. */
export async function endLeftovers(run: SupervisedRun): Promise<void> {
  try {
    await endMarkedProcesses(runMark(run.id), run.env);
  } catch (error) {
    warn(
      run,
      `Processes of the worker may still be running: ${messageOf(error)}`,
    );
  }
}
