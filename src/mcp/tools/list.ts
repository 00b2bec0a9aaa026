import { READS } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { pumpQuietly } from "../../lifecycle/pump_quietly.ts";
import { RUN_STATUSES } from "../../run/record.ts";
import { WORDS_NOTE, WORDS_OF } from "../../text/others_words.ts";
import { runRow } from "../../view/brief_run.ts";
import { newestRuns } from "../../view/newest_runs.ts";
import { runFacts } from "../../view/run_facts.ts";
import { runLine } from "../../view/run_line.ts";
import { wordsOf } from "../whose_words.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { everyone, owner } from "../everyone.ts";
import { taskChoices } from "../task_input.ts";

const DEFAULT_LIMIT = 20;

const Input = z.strictObject({
  limit: z.optional(
    z.int().check(
      z.minimum(1),
      z.maximum(200),
      z.describe(`how many to return at most (default: ${DEFAULT_LIMIT})`),
    ),
  ),
  status: z.optional(
    z.enum(RUN_STATUSES).check(z.describe("only runs with this status")),
  ),
  project: z.optional(
    z.string().check(
      z.describe("only runs of this project, by its name or folder"),
    ),
  ),
  label: z.optional(
    z.array(z.string()).check(z.describe("only runs with all these labels")),
  ),
  everyone,
});

const Row = z.object({
  run_id: z.string(),
  title: z.string(),
  labels: z.optional(z.array(z.string())),
  status: z.enum(RUN_STATUSES),
  goal_met: z.nullable(z.boolean()),
  project: z.nullable(z.string()),
  profile: z.nullable(z.string()),
  created_at: z.string(),
  duration: z.nullable(z.string()),
  waiting: z.optional(
    z.string().check(z.describe("why a queued run has not started yet")),
  ),
  asks: z.optional(
    z.string().check(
      z.describe("the question that its worker waits to have answered"),
    ),
  ),
  next_run_id: z.optional(
    z.string().check(z.describe("the attempt that automatically follows it")),
  ),
  owner,
});

const FORM = {
  keys: Object.keys(Row.shape),
  always: ["goal_met", "project", "profile", "duration"],
};

/** Without who asked, because it was the session itself. */
const OWN_FORM = {
  ...FORM,
  keys: FORM.keys.filter((key) => key !== "owner"),
};

const Output = z.object({
  ...wordsOf,
  runs: z.array(Row),
  more: z.boolean().check(z.describe("there are more such runs")),
  damaged: z.array(z.string()).check(
    z.describe("what is wrong with records that cannot be read"),
  ),
});

/** Offers `list`. */
export function offerList(server: McpServer, host: Host): void {
  server.registerTool(
    "list",
    {
      title: "List runs",
      description:
        "Lists the runs of this session, newest first, without their results.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: READS,
    },
    answering(
      host,
      "list",
      {},
      async (args: z.infer<typeof Input>) => {
        const context = await host.fleet();
        await pumpQuietly(context, { inPassing: true });
        const { limit = DEFAULT_LIMIT, label, ...filter } = args;
        const { everyone } = filter;
        const { workspace } = context;
        const { records, damaged: broken } = await newestRuns(context, {
          ...filter,
          labels: taskChoices({ label }).label,
          limit: limit + 1,
        });
        const shown = await Promise.all(
          records.slice(0, limit).map((record) => runFacts(workspace, record)),
        );
        const damaged = broken.map(({ message }) => message);
        const data: z.infer<typeof Output> = {
          ...WORDS_OF,
          runs: shown.map((facts) =>
            runRow(facts, everyone ? FORM : OWN_FORM) as z.infer<typeof Row>
          ),
          more: records.length > limit,
          damaged,
        };
        const lines = shown.length === 0
          ? ["No runs"]
          : [...shown.map((facts) => runLine(facts.record, facts)), WORDS_NOTE];
        if (data.more) lines.push("There are more; give a higher limit");
        return { data, text: [...lines, ...damaged].join("\n") };
      },
    ),
  );
}
