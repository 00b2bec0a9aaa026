import type { ApprovedQuestion } from "../permission/reasons_to_ask.ts";
import type { FleetContext } from "../workspace/context.ts";

/** What the tools and resources of the server need. */
export interface Host {
  /** Opens the workspace again for each request, as each command does. */
  fleet(): Promise<FleetContext>;
  /** Whether the client itself asks about what the user has to allow. */
  clientAsks: boolean;
  /**
   * Asks the user about a call of a tool if it could do what the session may not.
   * Resolves to what the user has approved. Throws an `environment` error unless it
   * may continue.
   */
  ask(
    tool: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<readonly ApprovedQuestion[]>;
  /** Prints messages to stderr. */
  say(text: string): void;
  /** Aborted when the client has gone, so that nobody waits any more. */
  closing: AbortSignal;
  /** Calls a function once the answer to a request has been written, and only then. */
  afterAnswer(requestId: string | number, action: () => Promise<void>): void;
  /** Resolves when these functions have finished for all answers whose writing has begun. */
  afterwords(): Promise<void>;
  /** How long a wait takes by default, in seconds. */
  waitSeconds(): number;
  /** How often a long wait reports its progress, in milliseconds. */
  progressEveryMs: number;
}
