import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { stopRuns } from "../../fleet/stop_runs.ts";
import { RUN_STATUSES } from "../../run/record.ts";
import { resolveRun } from "../../owners/resolve_run.ts";
import { AgentctlError } from "../../system/errors.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { runLine } from "../../view/run_line.ts";

const Input = z.strictObject({
  run_ids: z.array(z.string()).check(
    z.minLength(1),
    z.maxLength(200),
    z.describe("the runs to stop"),
  ),
});

const Output = z.object({
  runs: z.array(z.object({
    run_id: z.string(),
    status: z.enum(RUN_STATUSES),
    already: z.boolean().check(z.describe("it had already ended")),
    forced: z.boolean().check(
      z.describe("its supervisor did not respond and was killed"),
    ),
  })),
});

/** Offers `stop`. */
export function offerStop(server: McpServer, host: Host): void {
  server.registerTool(
    "stop",
    {
      title: "Stop runs",
      description:
        "Stops runs, their workers and everything they started, and answers when they have ended. A run that has already ended is left alone.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    answering(
      host,
      "stop",
      {},
      async ({ run_ids }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const ids = await Promise.all(
          run_ids.map((text) => resolveRun(context, text)),
        );
        const { outcomes, errors } = await orClosed(
          host.closing,
          stopRuns(
            context,
            [...new Set(ids)],
            "Stopped by the stop tool of agentctl mcp",
          ),
        );
        const [error] = errors;
        if (error !== undefined) throw error;
        const data: z.infer<typeof Output> = {
          runs: outcomes.map(({ record, already, forced }) => ({
            run_id: record.run_id,
            status: record.status,
            already,
            forced,
          })),
        };
        const lines = outcomes.map(({ record, already }) =>
          already ? `${runLine(record)} (had already ended)` : runLine(record)
        );
        return { data, text: lines.join("\n") };
      },
    ),
  );
}

/** The supervisors have been asked by then, and will end their workers. */
async function orClosed<T>(closing: AbortSignal, work: Promise<T>): Promise<T> {
  const closed = Promise.withResolvers<never>();
  const giveUp = () =>
    closed.reject(new AgentctlError("interrupted", "The client has gone"));
  closing.addEventListener("abort", giveUp);
  try {
    return await Promise.race([work, closed.promise]);
  } finally {
    closing.removeEventListener("abort", giveUp);
  }
}
