import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { pauseQueue } from "../../fleet/pause.ts";
import { readDuration } from "../../text/option_value.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";

const Input = z.strictObject({
  profile: z.optional(
    z.string().check(z.describe("only runs of this profile (default: all)")),
  ),
  for: z.optional(
    z.string().check(z.describe("how long to pause, such as 30m or 2h")),
  ),
});

const Output = z.object({
  profile: z.nullable(z.string()),
  until: z.nullable(z.string()),
});

/** Offers `pause`; ending a pause is the user's, in a shell. */
export function offerPause(server: McpServer, host: Host): void {
  server.registerTool(
    "pause",
    {
      title: "Pause the queue",
      description:
        "Pauses the queue, for one profile or for all: runs that have started continue, new ones wait. The user ends a pause with `agentctl unpause`.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    answering(
      host,
      "pause",
      { not_found: "call pause again with a profile that exists" },
      async (args: z.infer<typeof Input>) => {
        const profile = args.profile ?? null;
        const { for: time } = args;
        const { pause, words } = await pauseQueue(
          await host.fleet(),
          profile,
          time === undefined ? undefined : readDuration("for", time),
        );
        return { data: { profile, until: pause.until }, text: words };
      },
    ),
  );
}
