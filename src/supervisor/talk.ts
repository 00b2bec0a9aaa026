import { join } from "@std/path";
import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { chooseMcpServers } from "../codex/mcp_choice.ts";
import { readMcpServers } from "../codex/mcp_servers.ts";
import { RESULT_SCHEMA_TEXT } from "../codex/result_schema.ts";
import { foldersWithSettings } from "../codex/settings_folders.ts";
import { environmentForOthers } from "../git/obedience.ts";
import { RUN_ID_VARIABLE, runMark } from "../run/environment.ts";
import { passedOn, readShellPolicy } from "../codex/shell_policy.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { markedCpuSeconds } from "../system/processes.ts";
import { formatDuration } from "../text/duration.ts";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { lateBudget } from "../task/late_budget.ts";
import { workerInstructions } from "../workspace/prompts.ts";
import { type Baseline } from "./baseline.ts";
import { chooseTransport } from "./ask_codex.ts";
import { converse, type LastWord, type RunTurn } from "./converse.ts";
import { orInterrupted } from "./ending.ts";
import { requireOwnFolder } from "./folder_guard.ts";
import { type RaisedGuard } from "./guard.ts";
import { type IdleWatch, watchIdleness } from "./idle_watch.ts";
import { type OwnFiles } from "./own_files.ts";
import { progressOf } from "./progress.ts";
import { type AskSomebody, openQuestions } from "./questions.ts";
import { settingsOfWorkers } from "./settings_of_workers.ts";
import {
  endLeftovers,
  openRunLog,
  type SupervisedRun,
  warn,
} from "./supervised_run.ts";
import { type TokenMeter } from "./token_meter.ts";
import { openTransport } from "../transport/open_transport.ts";
import type { Transport } from "../transport/turn.ts";
import { ignored } from "../system/ignore.ts";

/** What the turns of a run depend on. */
export interface TurnParts {
  baseline: Baseline;
  meter: TokenMeter;
  capabilities: CodexCapabilities;
  guard: RaisedGuard;
  own: OwnFiles;
}

/** All turns of a run, with a Codex that ends after the last one. */
export async function talk(
  run: SupervisedRun,
  parts: TurnParts,
): Promise<LastWord> {
  const { files } = run;
  const name = await chooseTransport(run, parts);
  // From now on: to ask Codex what it can do is not the worker's time.
  const idle = watchForIdleness(run);
  await using transport = openTransport(name, {
    capabilities: parts.capabilities,
    eventsLog: openRunLog(run, files.events),
    stderrLog: openRunLog(run, files.stderr),
    rpcLog: () => openRunLog(run, files.rpc),
    onFallBack(reason) {
      warn(
        run,
        `Codex cannot be driven by its app-server (${reason}); it is driven by "codex exec"`,
      );
      warnOfExec(run);
    },
    onOutput: () => idle?.touch(),
    endLeftovers: () => endLeftovers(run),
  });
  if (name === "exec") warnOfExec(run);
  return await converse(
    run,
    await prepareTurns(
      run,
      transport,
      parts,
      await openQuestions(run, {
        pause() {
          idle?.pause();
          run.ending.limit?.pause();
        },
        resume() {
          idle?.resume();
          run.ending.limit?.resume();
        },
      }),
    ),
    run.prompt,
  );
}

/** Warns of what the run asks for and "codex exec" cannot do. */
function warnOfExec(run: SupervisedRun): void {
  warnOfApprovals(run);
  warnOfLateBudget(run);
}

/** Says that nobody will be asked, if somebody should be. */
function warnOfApprovals(run: SupervisedRun): void {
  if (run.keeper.current().approve === "never") return;
  warn(
    run,
    'With "codex exec" the worker cannot ask for approvals, so nothing leads out of its sandbox',
  );
}

/** Prepares what all turns of a run have in common. */
async function prepareTurns(
  run: SupervisedRun,
  transport: Transport,
  { baseline, meter, guard, own }: TurnParts,
  ask: AskSomebody,
): Promise<RunTurn> {
  const { context, files, keeper, pane, ending } = run;
  const record = keeper.current();
  const schemaFile = join(files.folder, "result_schema.json");
  await writeFileAtomic(schemaFile, RESULT_SCHEMA_TEXT, { durable: false });
  const instructions = joinWords([
    await workerInstructions(
      { root: context.workspace.root, env: context.caller.env },
      record.profile,
    ) ?? guard.ownWords,
    guard.words,
  ]);
  const distrusted = watchProjectSettings(run);
  const mcpSettings = chooseServers(run);
  return async (prompt, resumeThreadId, turn) => {
    // Codex leaves old content there when it fails, and would create the file readable by all.
    await writeFileAtomic(files.output, "", { durable: false }).catch(
      ignored("what an earlier turn wrote stays until Codex writes"),
    );
    await requireOwnFolder(run);
    // For each turn, because other workers may run meanwhile.
    const ignoredProjects = await distrusted();
    await meter.beginTurn();
    const end = await transport.turn({
      request: {
        cwd: record.cwd,
        worktree: record.worktree,
        profile: record.profile,
        model: record.model_option,
        sandbox: record.sandbox,
        guard: guard.plan,
        distrusted: ignoredProjects,
        mcpSettings: await mcpSettings(),
        commandVariables: passedOn(
          programEnvironment(run.env).withheld,
          await readShellPolicy(run.env, record.profile),
        ),
        schemaFile,
        outputFile: files.output,
        approve: record.approve,
        threadSource: `agentctl:${run.id}`,
        instructions,
        ephemeral: record.ephemeral,
        skipGitCheck: !baseline.inRepository,
        resumeThreadId,
      },
      env: {
        ...run.env,
        [RUN_ID_VARIABLE]: run.id,
        // At every turn Codex asks git about the folder, outside its sandbox.
        ...await environmentForOthers(record.cwd, run.env),
      },
      prompt,
      ending: orInterrupted(ending, turn.interrupt),
      onSteerable: turn.onSteerable,
      onUsage: meter.count,
      onAsked: ask,
      onLimits: meter.hearLimits,
      onEvent: (event) => {
        pane.transcript.event(event);
        own.event(event);
        meter.hear(event);
        const change = progressOf(event, meter, new Date());
        meter.look(change.thread_id ?? keeper.current().thread_id);
        turn.onEvent(event);
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
    return { ...end, limits: await meter.settle() };
  };
}

/** Finds the folders whose settings Codex must ignore because a worker could have written them; a warning says so once. */
function watchProjectSettings(run: SupervisedRun): () => Promise<string[]> {
  let hasWarned = false;
  return async () => {
    const record = run.keeper.current();
    const [first] = await settingsOfWorkers(record, run.env);
    if (first === undefined) return [];
    if (!hasWarned) {
      warn(
        run,
        `Codex ignores the project's settings because a worker could have written "${first}"; set what you need in ~/.codex/config.toml`,
      );
    }
    hasWarned = true;
    return await foldersWithSettings(record);
  };
}

/** Chooses which MCP servers Codex starts for a turn, and notes them in the record; a warning says once which are gone. */
function chooseServers(run: SupervisedRun): () => Promise<readonly string[]> {
  let hasWarned = false;
  return async () => {
    const { profile, mcp, sandbox, cwd, worktree } = run.keeper.current();
    const servers = await readMcpServers(run.env, profile, { cwd, worktree });
    const { on, off, missing, settings } = chooseMcpServers(
      servers,
      mcp,
      sandbox,
    );
    run.keeper.update({ mcp_servers: { on, off } });
    if (missing.length > 0 && !hasWarned) {
      warn(run, `Codex does not have these MCP servers: ${missing.join(", ")}`);
    }
    hasWarned = true;
    return settings;
  };
}

/** Says, unless `start` has, that a budget cannot count within a turn. */
function warnOfLateBudget(run: SupervisedRun): void {
  const record = run.keeper.current();
  const late = lateBudget(record, "exec");
  if (late !== null && !record.warnings.includes(late)) warn(run, late);
}

/** Joins those of several texts that exist; `null` if none does. */
function joinWords(texts: readonly (string | null)[]): string | null {
  return texts.filter((text) => text !== null).join("\n\n") || null;
}

/** Ends a worker that does nothing for as long as the run's limit allows. */
function watchForIdleness(run: SupervisedRun): IdleWatch | null {
  const { keeper, ending } = run;
  const limitMs = keeper.current().idle_timeout_ms;
  if (limitMs === null) return null;
  const limit = formatDuration(limitMs);
  const idle = watchIdleness({
    limitMs,
    cpuSeconds: () => markedCpuSeconds(runMark(run.id), run.env),
    onQuiet: () =>
      warn(
        run,
        `The worker is quiet; it will be ended after ${limit} without any sign of work`,
      ),
    onIdle: () =>
      ending.end({
        status: "timed_out",
        reason:
          `The worker did nothing for ${limit}: no event, no output, no busy process`,
        firstSignal: "SIGINT",
      }),
  });
  ending.signal.addEventListener("abort", () => idle[Symbol.dispose]());
  return idle;
}
