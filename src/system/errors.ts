/** What an error means to the caller; each kind has the same exit code everywhere. */
export type ErrorCode =
  | "usage"
  | "not_found"
  | "run_failed"
  | "environment"
  | "timeout"
  | "interrupted";

/** The exit codes of all commands; docs/results.md explains them. */
export const EXIT_CODES = {
  ok: 0,
  goal_not_met: 1,
  usage: 2,
  not_found: 3,
  run_failed: 4,
  environment: 5,
  asks: 6,
  timeout: 124,
  interrupted: 130,
} as const;

/** An error whose message is meant for the user: one line that names the value and the remedy. */
export class AgentctlError extends Error {
  override name = "AgentctlError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** The call's words are wrong: exit code 2. */
export function usageError(message: string): AgentctlError {
  return new AgentctlError("usage", message);
}

/** What was named does not exist: exit code 3. */
export function notFoundError(message: string): AgentctlError {
  return new AgentctlError("not_found", message);
}

/** A program or the file system refuses: exit code 5. */
export function environmentError(
  message: string,
  cause?: unknown,
): AgentctlError {
  return new AgentctlError("environment", message, { cause });
}

/** An `environment` error that says what cannot be done, and why in the words of what was thrown. */
export function cannot(action: string, cause: unknown): AgentctlError {
  return environmentError(`Cannot ${action}: ${messageOf(cause)}`, cause);
}

/** The first line of whatever was thrown, without the class name. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}
