import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { startRun } from "../../fleet/mod.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { startedAnswer } from "../started.ts";
import { StartedRun, taskInput, taskRequest } from "../task_input.ts";

const Input = z.strictObject({
  prompt: z.string().check(z.describe(
    "the whole task: goal, files, acceptance criteria, the command that checks them. The worker sees nothing else but its folder",
  )),
  project: z.optional(
    z.string().check(
      z.minLength(1),
      z.describe(
        "a registered project or a folder (default: the folder of this server)",
      ),
    ),
  ),
  ...taskInput,
});

/** Offers `start`. */
export function offerStart(server: McpServer, host: Host): void {
  server.registerTool(
    "start",
    {
      title: "Start a run",
      description:
        "Starts a Codex worker on a task in its own tmux pane and answers with the run id at once; the run waits in the queue (status queued) while as many work as may. Returns before the work is done: call wait for the result.",
      inputSchema: Input,
      outputSchema: StartedRun,
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
    answering(
      host,
      { not_found: "call start again with a project and profile that exist" },
      async ({ prompt, project, ...task }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        return startedAnswer(
          await startRun(context, {
            ...await taskRequest(context.workspace, task),
            project,
            prompt: new TextEncoder().encode(prompt),
          }),
        );
      },
    ),
  );
}
