import { READS } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { chainOf } from "../../fleet/chain.ts";
import { resolveNamed } from "../../fleet/resolve_named.ts";
import { WORDS_NOTE, WORDS_OF } from "../../text/others_words.ts";
import { chainLine } from "../../view/chain_line.ts";
import { runFacts } from "../../view/run_facts.ts";
import { runLine } from "../../view/run_line.ts";
import { answering } from "../answer.ts";
import { BriefRun, digestedRuns } from "../brief_run.ts";
import type { Host } from "../host.ts";
import { wordsOf } from "../whose_words.ts";

const Input = z.strictObject({
  run_id: z.string().check(z.describe("any run of the chain")),
});

const Output = z.object({
  ...wordsOf,
  runs: z.array(
    z.extend(BriefRun, {
      cause: z.string().check(z.describe(
        "why there is this attempt, and how it ended",
      )),
    }),
  ),
});

/** Offers `chain`. */
export function offerChain(server: McpServer, host: Host): void {
  server.registerTool(
    "chain",
    {
      title: "Show the attempts at a task",
      description:
        "Shows all runs of a chain, oldest first: the first attempt, those that retry and escalate made, and those that resumed it.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: READS,
    },
    answering(
      host,
      "chain",
      {},
      async ({ run_id }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const { workspace } = context;
        const records = await chainOf(
          context,
          await resolveNamed(context, run_id, { mayBeTitle: true }),
        );
        const facts = await Promise.all(
          records.map((record) => runFacts(workspace, record)),
        );
        const shown = await digestedRuns(workspace, facts);
        const data: z.infer<typeof Output> = {
          ...WORDS_OF,
          runs: shown.map((run, index) => {
            const record = records[index];
            return { ...run, cause: record ? chainLine(record) : "" };
          }),
        };
        const lines = facts.map((one) => runLine(one.record, one));
        return { data, text: [...lines, WORDS_NOTE].join("\n") };
      },
    ),
  );
}
