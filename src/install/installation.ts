import { writeStdout } from "../system/standard_output.ts";
import type { Manifest } from "./manifest.ts";

/** One call of the installer: where everything is, and what it has done. */
export interface Installation {
  env: Record<string, string>;
  /** The folder with the sources. */
  checkout: string;
  /** The `.ai-orch` of the home folder. */
  workspace: string;
  /** The folder of the program. */
  binDir: string;
  /** Whether it only reports what it would do. */
  dryRun: boolean;
  manifest: Manifest;
  /** How many changes were made, or would be. */
  changes: number;
  /** Commands that the user has to run before agentctl works, in this order. */
  todo: string[];
}

/** Counts a change and reports it as done, or as something that would be done. */
export function tell(
  installation: Installation,
  done: string,
  todo: string,
  rest: string,
): void {
  installation.changes++;
  say(installation.dryRun ? `Would ${todo} ${rest}` : `${done} ${rest}`);
}

/** Prints a sentence for the user. */
export function say(sentence: string): void {
  writeStdout(sentence + "\n");
}
