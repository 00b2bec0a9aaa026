import { NAMES_OF_RUN, READS } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { readPart } from "../../files/bounded_read.ts";
import { observeRun } from "../../lifecycle/reconcile.ts";
import { resolveNamed } from "../../fleet/resolve_named.ts";
import { toldLines } from "../../run/told_lines.ts";
import {
  harmlessWords,
  WORDS_NOTE,
  WORDS_OF,
} from "../../text/others_words.ts";
import { diffOfRun, ownDiffOfRun } from "../../worktrees/run_diff.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { told, toldKeys } from "../told.ts";
import { wordsOf } from "../whose_words.ts";

/** What fits into an answer; Claude Code takes about 25,000 tokens. */
const PATCH_BYTES = 20_000;

/** How many files are counted one by one; the last line sums up. */
const MOST_FILES = 100;

/** How many files that others may have changed are named. */
const MOST_OTHERS = 8;

const Input = z.strictObject({
  run_id: z.string().check(z.describe(NAMES_OF_RUN)),
  stat: z.optional(
    z.boolean().check(z.describe(
      "only the files and how many lines changed (default: false)",
    )),
  ),
  own: z.optional(
    z.boolean().check(z.describe(
      "only files that the run is known to have changed itself (default: false)",
    )),
  ),
});

const Output = z.object({
  ...wordsOf,
  run_id: z.string(),
  stat: z.string(),
  patch: z.optional(z.string()),
  cut: z.optional(
    z.boolean().check(z.describe(
      "the patch is longer; `agentctl diff` in a shell prints all of it",
    )),
  ),
  changed_meanwhile: z.optional(
    z.array(z.string()).check(z.describe(
      "files that changed during the run, perhaps not by it; own: true leaves them out",
    )),
  ),
  ...told,
});

/** Offers `diff`. */
export function offerDiff(server: McpServer, host: Host): void {
  server.registerTool(
    "diff",
    {
      title: "See what a run changed",
      description:
        "Shows what a run changed, as a patch and in numbers; for a run in a worktree that is still running, the changes so far.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: READS,
    },
    answering(
      host,
      "diff",
      {
        usage:
          "give more of the id, wait for the run, or call diff without own",
        not_found: "call show with the run's id, or list to see the ids",
      },
      async ({ run_id, stat, own }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const id = await resolveNamed(context, run_id, { mayBeTitle: true });
        const record = await observeRun(context, id);
        await using diff = await (own ? ownDiffOfRun : diffOfRun)(
          context,
          record,
        );
        const patch = stat || diff.patchFile === null
          ? null
          : await readPart(diff.patchFile, "first", PATCH_BYTES);
        const cut = patch !== null && diff.patchFile !== null &&
          (await Deno.stat(diff.patchFile)).size > PATCH_BYTES;
        const data: z.infer<typeof Output> = {
          ...WORDS_OF,
          run_id: id,
          stat: shortStat(diff.stat.trimEnd()),
          ...patch === null
            ? {}
            : { patch: cut ? patch.slice(0, patch.lastIndexOf("\n")) : patch },
          ...cut ? { cut } : {},
          ...diff.others.length === 0
            ? {}
            : { changed_meanwhile: diff.others.slice(0, MOST_OTHERS) },
          ...toldKeys(diff.told),
        };
        const lines = diff.stat === ""
          ? [`Run ${id} has changed nothing`]
          : [harmlessWords(data.stat)];
        return {
          data,
          text: [...lines, ...toldLines(diff.told), WORDS_NOTE].join("\n"),
        };
      },
    ),
  );
}

/** The counts of the first files, how many more there are, and the sum. */
function shortStat(stat: string): string {
  const lines = stat.split("\n");
  const more = lines.length - 1 - MOST_FILES;
  if (more <= 0) return stat;
  return [
    ...lines.slice(0, MOST_FILES),
    ` … and ${more} more files`,
    ...lines.slice(-1),
  ].join("\n");
}
