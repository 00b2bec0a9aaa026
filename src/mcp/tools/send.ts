import { LETS_WORK, NAMES_OF_RUN } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { sendMessage } from "../../fleet/send.ts";
import { resolveNamed } from "../../fleet/resolve_named.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";

const Input = z.strictObject({
  run_id: z.string().check(z.describe(
    `a run that has not ended: ${NAMES_OF_RUN}`,
  )),
  message: z.string().check(
    z.minLength(1),
    z.describe("the message to the worker, in its own thread"),
  ),
  now: z.optional(
    z.boolean().check(z.describe(
      "stop the current turn for the message (default: false; the model gets it with its next request, or when its turn has ended)",
    )),
  ),
});

const Output = z.object({
  run_id: z.string(),
  message_id: z.number().check(
    z.describe("the number of the message within its run"),
  ),
  state: z.literal("queued"),
  next: z.string(),
});

/** Offers `send`. */
export function offerSend(server: McpServer, host: Host): void {
  server.registerTool(
    "send",
    {
      title: "Send a message to a worker",
      description:
        "Corrects a worker while it runs: the model gets the message with its next request or, driven by codex exec, as the next turn of its thread. The result of the last turn counts. Answers at once; show with full says what became of the message. A run that has ended takes no messages: call resume.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: LETS_WORK,
    },
    answering(
      host,
      "send",
      { usage: "wait for the run and call resume with its id" },
      async ({ run_id, message, now }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const id = await resolveNamed(context, run_id, { mayBeTitle: false });
        const receipt = await sendMessage(context, id, {
          text: new TextEncoder().encode(message),
          now: now === true,
          from: "orchestrator",
        });
        const data: z.infer<typeof Output> = {
          run_id: id,
          message_id: receipt.id,
          state: "queued",
          next: `call wait with run_ids ["${id}"]`,
        };
        return {
          data,
          text:
            `Message ${receipt.id} waits for the worker of run ${id}\nNext: ${data.next}`,
        };
      },
    ),
  );
}
