import { LETS_WORK } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { resumeRequest } from "../../fleet/resume.ts";
import { startRun } from "../../fleet/start.ts";
import { resolveNamedRuns } from "../../fleet/resolve_named.ts";
import { resolveNamed } from "../../fleet/resolve_named.ts";
import { usageError } from "../../system/errors.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { startedAnswer } from "../started.ts";
import { StartedRun, taskChoices, taskInput } from "../task_input.ts";

const Input = z.strictObject({
  parent_run_id: z.string().check(z.describe("the ended run to continue")),
  prompt: z.optional(
    z.string().check(z.describe(
      "what to do next (default: the followup_prompt that the run left)",
    )),
  ),
  ...taskInput,
});

/** Offers `resume`. */
export function offerResume(server: McpServer, host: Host): void {
  server.registerTool(
    "resume",
    {
      title: "Continue a run",
      description:
        "Starts a new run that continues the Codex thread of an ended one, for example with a stronger profile when its goal was not met. Project, profile, model and sandbox are the parent's unless given. Answers with the new run id at once.",
      inputSchema: Input,
      outputSchema: StartedRun,
      annotations: LETS_WORK,
    },
    answering(
      host,
      "resume",
      {
        usage:
          "wait for the run if it is still running, give a prompt if it left none, or start a new run",
      },
      async ({ parent_run_id, prompt, ...task }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const { workspace } = context;
        const id = await resolveNamed(context, parent_run_id, {
          mayBeTitle: false,
        });
        const request = await resumeRequest(
          context,
          id,
          await resolveNamedRuns(context, taskChoices(task)),
        );
        const text = prompt ?? request.parent.followup_prompt;
        if (text === "") {
          throw usageError(
            `Cannot resume run "${id}": it left no follow-up prompt; give one as prompt`,
          );
        }
        return await startedAnswer(
          workspace,
          await startRun(context, {
            ...request,
            prompt: new TextEncoder().encode(text),
          }),
        );
      },
    ),
  );
}
