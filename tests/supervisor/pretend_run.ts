import type { SupervisedRun } from "../../src/supervisor/supervised_run.ts";

/** A run of which only the folder for messages and the pane's notes are real. */
export function pretendRun(messages: string) {
  const notes: string[] = [];
  const warnings: string[] = [];
  const run = {
    files: { messages },
    env: { API_KEY: "sk-0123456789" },
    pane: {
      transcript: { note: (text: string) => notes.push(text) },
      showWaiting: () => {},
    },
    keeper: {
      current: () => ({ warnings }),
      update: (change: { warnings: string[] }) =>
        warnings.push(...change.warnings.slice(warnings.length)),
    },
  } as unknown as SupervisedRun;
  return { run, notes, warnings };
}
