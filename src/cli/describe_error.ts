import {
  AgentctlError,
  environmentError,
  messageOf,
} from "../system/errors.ts";

/** What the system refuses (permissions, a full disk) is an environment error, not a crash. */
export function describeError(error: unknown): AgentctlError {
  if (error instanceof AgentctlError) return error;
  if (isReplaced(error)) {
    return environmentError(
      "Cannot go on: the files of agentctl have changed since this command began, as by an update; run it again",
      error,
    );
  }
  const isSystem =
    Object.values(Deno.errors).some((kind) => error instanceof kind) ||
    /\(os error \d+\)/.test(messageOf(error));
  if (isSystem) {
    return environmentError(`The system refuses: ${messageOf(error)}`, error);
  }
  const detail = error instanceof Error
    ? error.stack ?? error.message
    : String(error);
  return environmentError(
    `Internal error, please report it: ${detail}`,
    error,
  );
}

/** Whether a part of a program that runs from source was not there when it was needed, or did not fit the rest. */
function isReplaced(error: unknown): boolean {
  return error instanceof SyntaxError &&
      /^The requested module .* does not provide an export named/.test(
        error.message,
      ) ||
    error instanceof TypeError &&
      error.message.startsWith("Module not found ");
}
