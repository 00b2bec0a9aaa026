/** What a worker may touch, from least to most. */
export const SANDBOX_MODES = [
  "read-only",
  "workspace-write",
  "danger-full-access",
] as const;

export type SandboxMode = typeof SANDBOX_MODES[number];
