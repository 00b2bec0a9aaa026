import * as z from "zod/mini";

/** Lets a tool mean the runs of others, too. */
export const everyone = z.optional(
  z.boolean().check(z.describe(
    "include the runs of other sessions and of the user (default: false)",
  )),
);

/** Who asked for a run, in an answer. */
export const owner = z.optional(
  z.object({ session: z.string(), pane: z.nullable(z.string()) }).check(
    z.describe("the session of Claude Code that asked for it"),
  ),
);
