import { READS } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { pumpQuietly } from "../../lifecycle/pump_quietly.ts";
import { askingRuns } from "../../fleet/asking.ts";
import { unseenRuns } from "../../fleet/inbox.ts";
import { messageOf } from "../../system/errors.ts";
import { readerOf } from "../../owners/reader.ts";
import { everyone } from "../everyone.ts";
import { wordsOf } from "../whose_words.ts";
import { answering } from "../answer.ts";
import { WORDS_NOTE, WORDS_OF } from "../../text/others_words.ts";
import { runFacts } from "../../view/run_facts.ts";
import { BriefRun, digestedRuns } from "../brief_run.ts";
import type { Host } from "../host.ts";
import { nextSteps } from "../next_steps.ts";
import { runLine } from "../../view/run_line.ts";

/** This many fit easily into a model's context. */
const SHOWN = 50;

const Input = z.strictObject({ everyone });

const Output = z.object({
  ...wordsOf,
  runs: z.array(BriefRun),
  more: z.int().check(z.describe("how many more there are")),
  damaged: z.array(z.string()).check(
    z.describe("what is wrong with records that cannot be read"),
  ),
  next: z.optional(z.string()),
});

/** Offers `inbox`. */
export function offerInbox(server: McpServer, host: Host): void {
  server.registerTool(
    "inbox",
    {
      title: "See what has ended",
      description:
        "Lists the runs of this session whose workers wait for an answer, and those that have ended and whose results are unread: no wait or show has delivered them. Call it after an interruption (a crash, /compact, /clear, a cancelled wait).",
      inputSchema: Input,
      outputSchema: Output,
      annotations: READS,
    },
    answering(
      host,
      "inbox",
      {},
      async ({ everyone }: z.infer<typeof Input>) => {
        // A result that has just been delivered is no longer new.
        await host.afterwords();
        const context = await host.fleet();
        await pumpQuietly(context, { inPassing: true });
        const damaged: string[] = [];
        const reader = await readerOf(context, { everyone });
        const records = await unseenRuns(
          context,
          (_, error) => damaged.push(messageOf(error)),
          reader,
        );
        const asking = await askingRuns(context, reader);
        const ended = records.slice(0, SHOWN);
        const shown = [...asking, ...ended];
        const steps = [
          nextSteps([], [], asking),
          ended.length === 0
            ? null
            : "call wait with the run_ids of those that have ended: it removes them from this list",
        ].filter((step) => step !== null);
        const next = steps.length === 0 ? null : steps.join("; ");
        const { workspace } = context;
        const facts = await Promise.all(
          shown.map((record) => runFacts(workspace, record)),
        );
        const runs = await digestedRuns(workspace, facts);
        const data: z.infer<typeof Output> = {
          ...WORDS_OF,
          runs,
          more: records.length - ended.length,
          damaged,
          ...next === null ? {} : { next },
        };
        const lines = [
          ...shown.length === 0
            ? ["Nothing new"]
            : [...shown.map((record) => runLine(record)), WORDS_NOTE],
          ...data.more > 0 ? [`${data.more} more`] : [],
          ...next === null ? [] : [`Next: ${next}`],
          ...damaged,
        ];
        return { data, text: lines.join("\n") };
      },
    ),
  );
}
