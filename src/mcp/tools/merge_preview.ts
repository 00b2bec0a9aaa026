import { READS } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { resolveRun } from "../../owners/resolve_run.ts";
import { toldLines } from "../../run/told_lines.ts";
import { WORDS_NOTE, WORDS_OF } from "../../text/others_words.ts";
import { mergeLine } from "../../view/merge_line.ts";
import { mergeRuns } from "../../worktrees/merge.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { told, toldKeys } from "../told.ts";
import { wordsOf } from "../whose_words.ts";

const Input = z.strictObject({
  run_ids: z.array(z.string()).check(
    z.minLength(1),
    z.maxLength(200),
    z.describe("the runs in worktrees, in the order of the merge"),
  ),
  squash: z.optional(
    z.boolean().check(z.describe("one commit for each run (default: false)")),
  ),
});

const Output = z.object({
  ...wordsOf,
  branch: z.string().check(z.describe("the user's branch")),
  runs: z.array(z.object({
    run_id: z.string(),
    title: z.string(),
    result: z.enum(["merged", "contained", "nothing", "conflict"]).check(
      z.describe(
        "what would become of it; contained: it is merged already; nothing: it changed nothing",
      ),
    ),
    conflicts: z.optional(z.array(z.object({
      file: z.string(),
      runs: z.array(z.string()),
      commits: z.array(z.object({ commit: z.string(), subject: z.string() })),
    }))),
    ...told,
  })),
  next: z.string(),
});

/** Offers `merge_preview`: merging itself is the user's, in a shell. */
export function offerMergePreview(server: McpServer, host: Host): void {
  server.registerTool(
    "merge_preview",
    {
      title: "Preview a merge",
      description:
        "Says what merging the worktrees of runs into the user's branch would do, and which files would conflict with which run. Changes nothing: `agentctl merge` in a shell merges, and asks the user.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: READS,
    },
    answering(
      host,
      "merge_preview",
      {},
      async ({ run_ids, squash = false }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const ids = [];
        for (const text of run_ids) ids.push(await resolveRun(context, text));
        const { branch, runs } = await mergeRuns(context, {
          ids,
          squash,
          preview: true,
        });
        const isClean = runs.every(({ result }) => result !== "conflict");
        const command = `agentctl merge${squash ? " --squash" : ""} ${
          ids.join(" ")
        }`;
        const data: z.infer<typeof Output> = {
          ...WORDS_OF,
          branch,
          runs: runs.map((run) => ({
            run_id: run.run_id,
            title: run.title,
            result: run.result,
            ...run.conflicts.length === 0 ? {} : { conflicts: run.conflicts },
            ...toldKeys(run),
          })),
          next: isClean
            ? `"${command}", in a shell, merges them if the user agrees`
            : "start a worker that resolves the conflicts, or tell the user",
        };
        const lines = runs.flatMap((run) => [
          mergeLine(run),
          ...toldLines(run).map((line) => `  ${line}`),
        ]);
        return {
          data,
          text: [...lines, WORDS_NOTE, `Next: ${data.next}`].join("\n"),
        };
      },
    ),
  );
}
