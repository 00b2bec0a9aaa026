import { parseBatchFile } from "../task/batch_file.ts";
import { refuseWorkersHeads } from "../fleet/batch_words.ts";
import { type BatchRequest, startBatch } from "../fleet/start_batch.ts";
import { readTaskOptions } from "../task/task_choices.ts";
import { resolveNamedRuns } from "../fleet/resolve_named.ts";
import { isRunId } from "../run/id.ts";
import { AgentctlError, usageError } from "../system/errors.ts";
import type { Call } from "./command.ts";
import { printBatch } from "./print_batch.ts";
import { readInput } from "./input.ts";
import { type PROMPT_OPTIONS, refuseSingleOptions } from "./start_options.ts";

/** `agentctl start --batch`. If it throws a `usage`, `not_found` or `environment` error, it has started nothing. */
export async function startBatchCall(
  call: Call<typeof PROMPT_OPTIONS, "[text]">,
  file: string,
): Promise<number> {
  const { options, choices: forAll } = call;
  const { prompt, promptFile } = options;
  const prompts = { prompt, "prompt-file": promptFile };
  const remedy = "set it in the file, for each task";
  refuseSingleOptions(forAll, "--batch", remedy);
  // The prompts are in the file.
  for (const [name, given] of Object.entries(prompts)) {
    if (given === undefined) continue;
    throw usageError(`Cannot use --${name} with --batch: ${remedy}`);
  }
  const source = file === "-" ? "standard input" : file;
  const tasks = parseBatchFile(await readInput(file, call.caller), {
    source,
    isRun: (word) => word.startsWith("@") || isRunId(word),
  });
  const context = await call.fleet();
  await refuseWorkersHeads(context, tasks, source);
  const names = new Set(tasks.map(({ name }) => name));
  const requests: BatchRequest[] = [];
  for (const task of tasks) {
    await inTask(source, task, async () => {
      const choices = await resolveNamedRuns(
        context,
        {
          title: task.name,
          ...forAll,
          ...readTaskOptions(task.options, (name) => name),
        },
        (word) => names.has(word),
      );
      const prompt = new TextEncoder().encode(task.prompt);
      requests.push({ name: task.name, request: { ...choices, prompt } });
    });
  }
  const records = await startBatch(context, requests, (name, check) => {
    const task = tasks.find((task) => task.name === name);
    return task === undefined ? check() : inTask(source, task, check);
  });
  await printBatch(call, records);
  return 0;
}

/** Adds to an error which task of the file caused it. */
async function inTask<T>(
  source: string,
  { name, line }: { name: string; line: number },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgentctlError)) throw error;
    throw new AgentctlError(
      error.code,
      `${error.message} (task "${name}" in line ${line} of ${source})`,
      { cause: error },
    );
  }
}
