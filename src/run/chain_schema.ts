import * as z from "zod/mini";

/** What an attempt knows about its chain, and what may come after it. */
export const Chain = z.object({
  /** 1 for the first attempt. */
  attempt: z.number(),
  /** Why this attempt was made: by a user, or by agentctl after another attempt. */
  cause: z.enum(["start", "retry", "limit", "escalation"]),
  /** How many retries of transient failures are left. */
  retries: z.number(),
  /** The profiles that will still be tried if the goal is not met, in order. */
  escalate: z.array(z.string()),
  max_attempts: z.number(),
  /** How long all attempts together may take; `null`: no limit. */
  max_ms: z.nullable(z.number()),
  /** How many tokens all attempts together may use; `null`: no limit. */
  max_tokens: z.nullable(z.number()),
  /** What earlier attempts have used. */
  spent_ms: z.number(),
  spent_tokens: z.number(),
  /** How often in a row an account limit ended an attempt. */
  limits: z.number(),
  /** How often it was tried again, unasked, because another process may have removed the obstacle. */
  healings: z._default(z.number(), 0),
  /** When the first attempt was made; `null` in the first itself. */
  since: z.nullable(z.iso.datetime({ offset: true })),
});
