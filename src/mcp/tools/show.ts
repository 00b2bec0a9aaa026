import { NAMES_OF_RUN, READS } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { mayAsk } from "../../fleet/asking.ts";
import { observeRun } from "../../lifecycle/reconcile.ts";
import { isEnded } from "../../run/record.ts";
import { markRead } from "../../owners/read_marks.ts";
import { resolveNamed } from "../../fleet/resolve_named.ts";
import { wordsOf } from "../whose_words.ts";
import { answering } from "../answer.ts";
import { answeredRun, BriefRun } from "../brief_run.ts";
import type { Host } from "../host.ts";
import { nextSteps } from "../next_steps.ts";
import { WORDS_NOTE, WORDS_OF } from "../../text/others_words.ts";
import { presentRun } from "../../view/present_run.ts";
import { runFacts } from "../../view/run_facts.ts";
import { runLine } from "../../view/run_line.ts";

const Input = z.strictObject({
  run_id: z.string().check(z.describe(NAMES_OF_RUN)),
  full: z.optional(
    z.boolean().check(z.describe(
      "include the whole record: texts, files, usage, times (default: false)",
    )),
  ),
});

const Output = z.object({
  ...wordsOf,
  run: BriefRun,
  record: z.optional(
    z.looseObject({}).check(z.describe("the whole record, if full is true")),
  ),
  next: z.optional(z.string()),
});

/** Offers `show`. */
export function offerShow(server: McpServer, host: Host): void {
  server.registerTool(
    "show",
    {
      title: "Show a run",
      description:
        "Shows the state and result of a run, in under 2 KB unless full. To learn when a run ends, call wait instead of calling this repeatedly.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: READS,
    },
    answering(
      host,
      "show",
      {},
      async ({ run_id, full }: z.infer<typeof Input>, { requestId }) => {
        const context = await host.fleet();
        const { workspace } = context;
        const id = await resolveNamed(context, run_id, { mayBeTitle: true });
        const record = await observeRun(context, id);
        if (isEnded(record)) {
          host.afterAnswer(requestId, () => markRead(context, [record]));
        }
        const facts = await runFacts(workspace, record);
        const next = nextSteps(
          isEnded(record) ? [facts] : [],
          isEnded(record) ? [record.next_run_id ?? []].flat() : [id],
          mayAsk(record) ? [record] : [],
        );
        const data: z.infer<typeof Output> = {
          ...WORDS_OF,
          run: await answeredRun(workspace, facts),
          ...full ? { record: await presentRun(workspace, facts) } : {},
          ...next === null ? {} : { next },
        };
        return {
          data,
          text: [
            runLine(record, facts),
            WORDS_NOTE,
            ...next === null ? [] : [`Next: ${next}`],
          ]
            .join("\n"),
        };
      },
    ),
  );
}
