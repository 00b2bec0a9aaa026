import { READS } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { ignore } from "../../system/ignore.ts";
import { WORDS_OF } from "../../text/others_words.ts";
import { plural } from "../../text/wording.ts";
import { formatTokens } from "../../text/token_count.ts";
import { tokensOf } from "../../run/record.ts";
import { GROUPINGS } from "../../view/run_sums.ts";
import {
  accountWords,
  OVERVIEW,
  runStats,
  statsJson,
} from "../../view/run_stats.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { wordsOf } from "../whose_words.ts";

/** How many groups of each kind an answer has. */
const MOST_GROUPS = 10;

const Input = z.strictObject({
  since: z.optional(
    z.string().check(z.describe(
      "only runs started since then: 24h, 7d, or a date such as 2026-01-31",
    )),
  ),
  by: z.optional(
    z.enum(GROUPINGS).check(
      z.describe(`what to group by (default: ${OVERVIEW.join(", ")})`),
    ),
  ),
});

const Group = z.looseObject({});

const Output = z.object({
  ...wordsOf,
  since: z.nullable(z.string()),
  totals: Group,
  ...Object.fromEntries(
    GROUPINGS.map((by) => [`by_${by}`, z.optional(z.array(Group))]),
  ),
  accounts: z.array(Group),
  held_by_account: z.array(z.string()),
  damaged: z.array(z.string()),
});

/** Offers `stats`. */
export function offerStats(server: McpServer, host: Host): void {
  server.registerTool(
    "stats",
    {
      title: "Add up runs",
      description:
        `Adds up tokens, outcomes and time of all runs of the workspace, also those of other sessions; at most ${MOST_GROUPS} groups of a kind. Says how much of each account limit is used.`,
      inputSchema: Input,
      outputSchema: Output,
      annotations: READS,
    },
    answering(
      host,
      "stats",
      {},
      async (args: z.infer<typeof Input>) => {
        const stats = await runStats(
          () => host.fleet(),
          args,
          (error) => ignore(error, "the answer names runs that are damaged"),
        );
        const { totals } = stats;
        const accounts = accountWords(stats).map((line) => `\n${line}`);
        return {
          data: { ...WORDS_OF, ...statsJson(stats, MOST_GROUPS) },
          text: `${
            plural(totals.runs, "run")
          }: ${totals.goal_met} met, ${totals.goal_not_met} not met, ${totals.failed} failed, ${totals.unfinished} open; ${
            formatTokens(tokensOf(totals))
          } tokens${accounts.join("")}`,
        };
      },
    ),
  );
}
