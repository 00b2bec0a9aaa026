import { LETS_WORK } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { startRun } from "../../fleet/start.ts";
import { resolveNamedRuns } from "../../fleet/resolve_named.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { startedAnswer } from "../started.ts";
import {
  promptInput,
  StartedRun,
  taskChoices,
  taskInput,
} from "../task_input.ts";

const Input = z.strictObject({
  prompt: promptInput,
  ...taskInput,
});

/** Offers `start`. */
export function offerStart(server: McpServer, host: Host): void {
  server.registerTool(
    "start",
    {
      title: "Start a run",
      description:
        "Starts a Codex worker on a task in its own tmux pane and answers with the run id at once; if all slots are taken, the run waits in the queue (status queued). Returns before the work is done: call wait for the result.",
      inputSchema: Input,
      outputSchema: StartedRun,
      annotations: LETS_WORK,
    },
    answering(
      host,
      "start",
      { not_found: "call start again with an existing project and profile" },
      async ({ prompt, ...task }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const { workspace } = context;
        return await startedAnswer(
          workspace,
          await startRun(context, {
            ...await resolveNamedRuns(context, taskChoices(task)),
            prompt: new TextEncoder().encode(prompt),
          }),
        );
      },
    ),
  );
}
