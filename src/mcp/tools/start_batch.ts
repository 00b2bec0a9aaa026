import { LETS_WORK } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { findCycle } from "../../task/find_cycle.ts";
import { tellShared } from "../../worktrees/shared_folders.ts";
import { type BatchRequest, startBatch } from "../../fleet/start_batch.ts";
import { namedRuns } from "../../task/task_choices.ts";
import { resolveNamedRuns } from "../../fleet/resolve_named.ts";
import type { TaskChoices } from "../../task/task_option_rows.ts";
import { waitingReason } from "../../queue/waiting_reason.ts";
import { RUN_STATUSES } from "../../run/record.ts";
import { AgentctlError, usageError } from "../../system/errors.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { briefTaskInput, promptInput, taskChoices } from "../task_input.ts";

const MOST_TASKS = 100;

const Task = z.strictObject({
  name: z.string().check(
    z.regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, "-" and "_"'),
    z.describe("its name in the after of other tasks, and its title"),
  ),
  prompt: promptInput,
  ...briefTaskInput,
});

const Input = z.strictObject({
  tasks: z.array(Task).check(
    z.minLength(1),
    z.maxLength(MOST_TASKS),
    z.describe(
      "the tasks; after and after_any_end may name other tasks of the batch, or runs",
    ),
  ),
});

const Output = z.object({
  runs: z.array(z.object({
    name: z.string(),
    run_id: z.string(),
    title: z.string(),
    status: z.enum(RUN_STATUSES),
    waiting: z.optional(z.string()),
  })),
  next: z.string(),
  warnings: z.optional(
    z.array(z.string()).check(
      z.describe("what may go wrong, such as tasks that write in one folder"),
    ),
  ),
});

/** Offers `start_batch`. Models write an array of tasks without mistakes; the file format is for shells, where quoting is hard. */
export function offerStartBatch(server: McpServer, host: Host): void {
  server.registerTool(
    "start_batch",
    {
      title: "Start many runs",
      description:
        "Starts a run for each task, all of them or, if something is wrong with one, none. Answers with the run ids at once, in the order of the tasks. If all slots are taken, runs wait in the queue (status queued), and tasks with after wait for the tasks that they name. A task has the options of start.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: LETS_WORK,
    },
    answering(
      host,
      "start_batch",
      {
        not_found:
          "nothing was started; correct the task and call start_batch again",
        usage:
          "nothing was started; correct the task and call start_batch again",
      },
      async ({ tasks }: z.infer<typeof Input>) => {
        const context = await host.fleet();
        const choices = new Map<string, TaskChoices>();
        for (const task of tasks) {
          const { name } = task;
          if (choices.has(name)) {
            throw usageError(
              `Cannot start the batch: two tasks are named "${name}"; choose another name`,
            );
          }
          choices.set(name, await inTask(name, () => taskChoices(task)));
        }
        refuseCycle(choices);
        const requests: BatchRequest[] = [];
        for (const { name, prompt } of tasks) {
          const request = await inTask(name, async () => ({
            title: name,
            ...await resolveNamedRuns(
              context,
              choices.get(name) ?? {},
              (word) => choices.has(word),
            ),
            prompt: new TextEncoder().encode(prompt),
          }));
          requests.push({ name, request });
        }
        const records = await startBatch(context, requests, inTask);
        const runs: z.infer<typeof Output>["runs"] = [];
        for (const [index, record] of records.entries()) {
          const { run_id, title, status } = record;
          const waiting = await waitingReason(context.workspace, record);
          runs.push({
            name: tasks[index]?.name ?? "",
            ...{ run_id, title, status },
            ...waiting === null ? {} : { waiting },
          });
        }
        const next = `call wait with run_ids ${
          JSON.stringify(runs.map(({ run_id }) => run_id))
        }; queued runs start automatically`;
        const lines = runs.map(({ name, run_id, status, waiting }) =>
          `${run_id} ${name} (${status}${waiting ? `: ${waiting}` : ""})`
        );
        const warnings = await tellShared(context, records);
        return {
          data: { runs, next, ...warnings.length > 0 && { warnings } },
          text: [...lines, ...warnings, `Next: ${next}`].join("\n"),
        };
      },
    ),
  );
}

/** Throws a `usage` error for tasks that wait for each other. */
function refuseCycle(choices: ReadonlyMap<string, TaskChoices>): void {
  const waitsFor = new Map(
    [...choices].map(([name, choice]) => [name, namedRuns(choice)]),
  );
  const cycle = findCycle(waitsFor);
  if (cycle === null) return;
  throw usageError(
    `Cannot start the batch: tasks wait for each other in a cycle: ${
      cycle.join(" after ")
    }; take one "after" out`,
  );
}

/** Adds to an error which task it is about. */
async function inTask<T>(
  name: string,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgentctlError)) throw error;
    throw new AgentctlError(error.code, `${error.message} (task "${name}")`, {
      cause: error,
    });
  }
}
