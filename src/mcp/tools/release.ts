import { LETS_WORK } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { releasedWords, releaseRun } from "../../fleet/release.ts";
import { RUN_STATUSES } from "../../run/record.ts";
import { resolveRun } from "../../owners/resolve_run.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";

const Input = z.strictObject({
  run_ids: z.array(z.string()).check(
    z.minLength(1),
    z.maxLength(200),
    z.describe("the runs to release"),
  ),
});

const Output = z.object({
  runs: z.array(z.object({
    run_id: z.string(),
    status: z.enum(RUN_STATUSES),
  })),
});

/** Offers `release`. */
export function offerRelease(server: McpServer, host: Host): void {
  server.registerTool(
    "release",
    {
      title: "Release held runs",
      description:
        "Releases runs that were started with hold, or that wait for the account: each starts as soon as there is a slot.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: LETS_WORK,
    },
    answering(
      host,
      "release",
      {},
      async ({ run_ids }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const ids = [];
        for (const text of run_ids) {
          ids.push(await resolveRun(context, text));
        }
        const runs: z.infer<typeof Output>["runs"] = [];
        const lines: string[] = [];
        for (const id of new Set(ids)) {
          const record = await releaseRun(context, id);
          runs.push({ run_id: record.run_id, status: record.status });
          lines.push(await releasedWords(context, record));
        }
        return { data: { runs }, text: lines.join("\n") };
      },
    ),
  );
}
