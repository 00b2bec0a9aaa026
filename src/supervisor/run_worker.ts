import { join } from "@std/path";
import {
  buildArgv,
  findCodex,
  probeCodex,
  RESULT_SCHEMA_TEXT,
} from "../codex/mod.ts";
import { endedRecord } from "../run/end.ts";
import { RUN_ID_VARIABLE } from "../run/environment.ts";
import type { EndedRecord } from "../run/record.ts";
import { type ParsedResult, repairPrompt } from "../run/result.ts";
import { environmentError, messageOf } from "../system/errors.ts";
import { writeFileAtomic } from "../workspace/atomic_file.ts";
import { workerInstructions } from "../workspace/prompts.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import { type Baseline, takeBaseline } from "./baseline.ts";
import { openLogFile } from "./log_file.ts";
import { progressOf } from "./progress.ts";
import { endLeftovers, type SupervisedRun, warn } from "./supervised_run.ts";
import { runTurn, type TurnEnd } from "./turn.ts";
import { judge, resultOf } from "./verdict.ts";

/**
 * The work of a run: the worker's turn between two looks at the folder, and
 * the turn that asks again for a result that cannot be read. Returns the
 * final record; throws what kept the worker from starting.
 */
export async function runWorker(run: SupervisedRun): Promise<EndedRecord> {
  const { keeper, pane, files, ending } = run;
  const record = keeper.current();
  const prompt = await Deno.readFile(files.prompt);
  pane.transcript.header({ ...record, codex: record.codex_version });
  pane.transcript.prompt(new TextDecoder().decode(prompt));

  const baseline = await takeBaseline(record, files, run.env);
  if (baseline.warning) warn(run, baseline.warning);
  const turnOf = await prepareTurns(run, baseline);

  let turn = await turnOf(prompt, record.resumed_thread_id);
  let parsed = resultOf(turn, turn.lastMessage);
  let repaired = false;
  const thread = keeper.current().thread_id;
  if (
    parsed.state !== "valid" && turn.turnCompleted && turn.exitCode === 0 &&
    thread && !record.ephemeral
  ) {
    pane.transcript.note(`${parsed.reason}; asking once more for the result`);
    const repair = await repairTurn(turnOf, parsed, thread);
    if (repair) {
      const second = resultOf(repair, repair.lastMessage);
      if (second.state === "valid") {
        [turn, parsed, repaired] = [repair, second, true];
      }
    }
  }
  if (turn.lastMessage === null) {
    // Codex makes the file before it has anything to write.
    await Deno.remove(files.output).catch(() => {});
  } else {
    await writeFileAtomic(files.output, turn.lastMessage).catch((error) =>
      warn(run, `The worker's answer could not be kept: ${messageOf(error)}`)
    );
  }
  const end = judge(turn, parsed, {
    cause: ending.cause(),
    repaired,
    endedAt: new Date(),
  });
  await endLeftovers(run);
  const diff = await baseline.diff().catch((error) => {
    warn(run, `No diff: ${messageOf(error)}`);
    return null;
  });
  return endedRecord(keeper.current(), {
    ...end,
    endedAt: new Date(),
    gitDiffStat: diff?.stat ?? null,
    filesChanged: diff?.files ?? [],
  });
}

type RunTurn = (
  prompt: Uint8Array<ArrayBuffer>,
  resumeThreadId: string | null,
) => Promise<TurnEnd>;

/** Settles all that the turns of a run have in common. */
async function prepareTurns(
  run: SupervisedRun,
  baseline: Baseline,
): Promise<RunTurn> {
  const { context, files, keeper, pane, ending } = run;
  const record = keeper.current();
  const program = await findCodex(run.env);
  if (program === null) {
    throw environmentError(
      "Cannot start codex: it is not on the PATH that the run was started with",
    );
  }
  const cache = workspacePaths.cache(context.workspace);
  const capabilities = await probeCodex(program, {
    env: run.env,
    cacheFile: join(cache, "codex.json"),
  });
  const schemaFile = join(files.folder, "result_schema.json");
  await writeFileAtomic(schemaFile, RESULT_SCHEMA_TEXT, { durable: false });
  const keepFailed = (name: string) => (error: unknown) =>
    warn(run, `${name} is not complete: ${messageOf(error)}`);
  const eventsLog = openLogFile(files.events, keepFailed("events.jsonl"));
  const stderrLog = openLogFile(files.stderr, keepFailed("stderr.log"));
  const instructions = await workerInstructions(
    context.workspace.root,
    record.profile,
  );
  const usageBefore = record.thread_usage;
  const env = { ...run.env, [RUN_ID_VARIABLE]: run.id };

  return async (prompt, resumeThreadId) => {
    // Codex leaves old content there when it fails.
    await Deno.remove(files.output).catch(() => {});
    return await runTurn({
      argv: buildArgv(capabilities, {
        cwd: record.cwd,
        profile: record.profile,
        model: record.model_option,
        sandbox: record.sandbox,
        schemaFile,
        outputFile: files.output,
        threadSource: `agentctl:${run.id}`,
        instructions,
        ephemeral: record.ephemeral,
        skipGitCheck: !baseline.inRepository,
        resumeThreadId,
      }),
      cwd: record.cwd,
      env,
      prompt,
      eventsLog,
      stderrLog,
      ending,
      endLeftovers: () => endLeftovers(run),
      onEvent: (event) => {
        pane.transcript.event(event);
        const change = progressOf(event, usageBefore, new Date());
        if (event.type !== "thread.started") return keeper.update(change);
        keeper.updateNow(change);
        if (resumeThreadId !== null && event.thread_id !== resumeThreadId) {
          ending.end({
            status: "failed",
            reason:
              `Codex started thread ${event.thread_id} instead of continuing ${resumeThreadId}`,
            firstSignal: "SIGTERM",
          });
        }
      },
    });
  };
}

/** Asks once, in the same thread, for the result alone. `null` if that is not possible. */
async function repairTurn(
  turnOf: RunTurn,
  parsed: Exclude<ParsedResult, { state: "valid" }>,
  thread: string,
): Promise<TurnEnd | null> {
  try {
    return await turnOf(
      new TextEncoder().encode(repairPrompt(parsed.reason)),
      thread,
    );
  } catch {
    return null;
  }
}
