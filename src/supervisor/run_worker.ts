import { join } from "@std/path";
import type { CodexCapabilities } from "../codex/capabilities.ts";
import { accountMark } from "../codex/account_mark.ts";
import { buildArgv } from "../codex/command_line.ts";
import { chooseMcpServers } from "../codex/mcp_choice.ts";
import { readMcpServers } from "../codex/mcp_servers.ts";
import { RESULT_SCHEMA_TEXT } from "../codex/result_schema.ts";
import { foldersWithSettings } from "../codex/settings_folders.ts";
import { joinRepository } from "../worktrees/overlaps.ts";
import { tellFailedFilters } from "../git/failing_filters.ts";
import { environmentForOthers } from "../git/obedience.ts";
import { endedRecord } from "../run/end.ts";
import { RUN_ID_VARIABLE, runMark } from "../run/environment.ts";
import type { EndedRecord } from "../run/record.ts";
import { messageOf } from "../system/errors.ts";
import { passedOn, readShellPolicy } from "../codex/shell_policy.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { markedCpuSeconds } from "../system/processes.ts";
import { formatDuration } from "../text/duration.ts";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { workerInstructions } from "../workspace/prompts.ts";
import { askCodex } from "./ask_codex.ts";
import { type Baseline, type BaselineDiff, takeBaseline } from "./baseline.ts";
import { overdraftOf } from "./budget.ts";
import { checkRun } from "./check.ts";
import { converse, type RunTurn } from "./converse.ts";
import { orInterrupted } from "./ending.ts";
import { requireOwnFolder, watchOwnFolder } from "./folder_guard.ts";
import { type RaisedGuard, raiseGuard } from "./guard.ts";
import { type IdleWatch, watchIdleness } from "./idle_watch.ts";
import { noteOwnFiles, type OwnFiles } from "./own_files.ts";
import { progressOf } from "./progress.ts";
import { settingsOfWorkers } from "./settings_of_workers.ts";
import {
  endLeftovers,
  openRunLog,
  type SupervisedRun,
  warn,
} from "./supervised_run.ts";
import { tellTouched } from "./told_changes.ts";
import { meterTokens, type TokenMeter } from "./token_meter.ts";
import { runTurn } from "./turn.ts";
import { judge } from "./verdict.ts";
import { openWorktree } from "./worktree.ts";
import { ignored } from "../system/ignore.ts";

/**
 * The work of a run: the worker's turns between two snapshots of the folder.
 * Returns the final record; throws whatever kept the worker from starting.
 */
export async function runWorker(run: SupervisedRun): Promise<EndedRecord> {
  const { keeper, pane, prompt, files, ending } = run;
  const record = keeper.current();
  // Earlier attempts of the chain may have used up the budget.
  const spent = overdraftOf(record);
  if (spent) return endedRecord(record, { ...spent, endedAt: new Date() });
  await requireOwnFolder(run);
  using meter = await meterTokens(run);
  pane.transcript.header({
    ...record,
    codex: record.codex_version,
    home: run.env["HOME"],
  });
  pane.transcript.prompt(new TextDecoder().decode(prompt));

  run.worktree = await openWorktree(run);
  await requireOwnFolder(run);
  const capabilities = await askCodex(run);
  const baseline = await takeBaseline(
    { ...record, keepsGit: keepsGit(capabilities) },
    files,
    run.env,
  );
  if (baseline.warning) warn(run, baseline.warning);
  warnOfFilters(run);
  await run.worktree?.begin(baseline.state);
  await joinOthers(run, baseline.repository);
  await using guard = await raiseGuard(run, capabilities);
  const since = Date.now();
  const own = noteOwnFiles(run, baseline.workTree);
  const turnOf = await prepareTurns(
    run,
    { baseline, meter, capabilities, guard, own },
  );
  using _watch = watchOwnFolder(run);

  const account = await accountMark(run.env);
  const { turn, parsed, repaired } = await converse(run, turnOf, prompt);
  const cause = ending.cause();
  const judged = judge(turn, parsed, {
    cause,
    repaired,
    endedAt: new Date(),
    accountChanged: account !== await accountMark(run.env),
  });
  await endLeftovers(run);
  const end = await checkRun(run, guard.wish, judged);
  const diff = await diffOf(run, baseline);
  const told = diff?.told ?? await tellTouched(record, since);
  await guard.tell();
  await run.worktree?.keep(diff?.state ?? null, end.result?.summary ?? "");
  warnOfFilters(run);
  return endedRecord(keeper.current(), {
    ...end,
    endedAt: new Date(),
    gitDiffStat: diff?.stat ?? null,
    filesChanged: diff?.files ?? [],
    // All of a worktree is the run's.
    ownFiles: diff &&
      (record.worktree === null ? await own.among(diff.files) : diff.files),
    told,
  });
}

/** Whether its sandbox keeps `.git` read-only: older ones on Linux do not. The stand-in does what its prompt says. */
function keepsGit(codex: CodexCapabilities): boolean {
  return codex.permission_profiles || codex.stand_in;
}

/** Says which filters git did without, since that was last said. */
function warnOfFilters(run: SupervisedRun): void {
  tellFailedFilters(run.env).forEach((text) => warn(run, text));
}

/** What was changed; `null` if that is unknown, and then a warning says why. */
async function diffOf(
  run: SupervisedRun,
  baseline: Baseline,
): Promise<BaselineDiff | null> {
  try {
    await requireOwnFolder(run);
    run.keeper.update({ activity: "recording what was changed" });
    const diff = await baseline.diff();
    diff?.warnings.forEach((words) => warn(run, words));
    return diff;
  } catch (error) {
    warn(run, `No diff: ${messageOf(error)}`);
    return null;
  }
}

/** Announces this run to others that are working in the same repository, unless it only reads. */
async function joinOthers(
  { context, id, keeper }: SupervisedRun,
  repository: string | null,
): Promise<void> {
  keeper.update({ repository });
  const { sandbox, worktree } = keeper.current();
  if (repository === null || sandbox === "read-only" && !worktree) return;
  await joinRepository(context.workspace, id, repository).catch(
    ignored("overlaps with other runs will not be told"),
  );
}

/** What the turns of a run depend on. */
interface TurnParts {
  baseline: Baseline;
  meter: TokenMeter;
  capabilities: CodexCapabilities;
  guard: RaisedGuard;
  own: OwnFiles;
}

/** Prepares what all turns of a run have in common. */
async function prepareTurns(
  run: SupervisedRun,
  { baseline, meter, capabilities, guard, own }: TurnParts,
): Promise<RunTurn> {
  const { context, files, keeper, pane, ending } = run;
  const record = keeper.current();
  const schemaFile = join(files.folder, "result_schema.json");
  await writeFileAtomic(schemaFile, RESULT_SCHEMA_TEXT, { durable: false });
  const eventsLog = openRunLog(run, files.events);
  const stderrLog = openRunLog(run, files.stderr);
  const instructions = joinWords([
    await workerInstructions(
      { root: context.workspace.root, env: context.caller.env },
      record.profile,
    ) ?? guard.ownWords,
    guard.words,
  ]);
  const idle = watchForIdleness(run);
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
    const end = await runTurn({
      argv: buildArgv(capabilities, {
        cwd: record.cwd,
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
        threadSource: `agentctl:${run.id}`,
        instructions,
        ephemeral: record.ephemeral,
        skipGitCheck: !baseline.inRepository,
        resumeThreadId,
      }),
      env: {
        ...run.env,
        [RUN_ID_VARIABLE]: run.id,
        // At every turn Codex asks git about the folder, outside its sandbox.
        ...await environmentForOthers(record.cwd, run.env),
      },
      prompt,
      eventsLog,
      stderrLog,
      ending: orInterrupted(ending, turn.interrupt),
      onOutput: () => idle?.touch(),
      endLeftovers: () => endLeftovers(run),
      onEvent: (event) => {
        pane.transcript.event(event);
        own.event(event);
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
