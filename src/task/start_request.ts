import type { EndedRecord, RunRecord } from "../run/record.ts";
import type { TaskChoices } from "./task_option_rows.ts";

/** What a run should do, and how. Anything left out comes from the project, the profile or the config. */
export interface StartRequest extends TaskChoices {
  prompt: Uint8Array<ArrayBuffer>;
  /** The run whose Codex thread this one continues. */
  parent?: EndedRecord & { thread_id: string };
  /** The run whose task this one repeats. */
  repeats?: RunRecord;
}
