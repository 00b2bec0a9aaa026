import type { Fault } from "../fault.ts";
import { CODEX_FAULTS } from "./codex.ts";
import { DISK_FAULTS } from "./disk.ts";
import { LIMIT_FAULTS } from "./limits.ts";
import { MACHINE_FAULTS } from "./machine.ts";
import { OUTPUT_FAULTS } from "./output.ts";
import { PANE_FAULTS } from "./panes.ts";
import { REAL_CODEX_FAULTS } from "./real_codex.ts";
import { RESULT_FAULTS } from "./results.ts";
import { SUPERVISOR_FAULTS } from "./supervisor.ts";
import { WAITER_FAULTS } from "./waiters.ts";
import { WORKSPACE_FAULTS } from "./workspace.ts";

/** Everything that is broken on purpose. */
export const FAULTS: readonly Fault[] = [
  ...PANE_FAULTS,
  ...SUPERVISOR_FAULTS,
  ...CODEX_FAULTS,
  ...REAL_CODEX_FAULTS,
  ...OUTPUT_FAULTS,
  ...RESULT_FAULTS,
  ...DISK_FAULTS,
  ...WORKSPACE_FAULTS,
  ...MACHINE_FAULTS,
  ...LIMIT_FAULTS,
  ...WAITER_FAULTS,
];
