import type { FleetContext } from "../fleet/mod.ts";

/** What the tools and resources of the server are made on. */
export interface Host {
  /** Opens the workspace anew for each request, as each command does. */
  fleet(): Promise<FleetContext>;
  /** Asks the user about a call of a tool if it could do what the session may not. Throws an `environment` error unless it may go on. */
  ask(
    tool: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Words, to stderr. */
  say(text: string): void;
  /** Aborted when the client has gone: nobody is left to wait for. */
  closing: AbortSignal;
  /** Does something once the answer to a request was written, and only then. */
  afterAnswer(requestId: string | number, action: () => Promise<void>): void;
  /** Resolves when what follows the answers that have begun to be written is done. */
  afterwords(): Promise<void>;
  /** How often a wait that lasts tells its progress, in milliseconds. */
  progressEveryMs: number;
}
