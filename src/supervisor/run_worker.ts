import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { accountMark } from "../codex/account_mark.ts";
import { joinRepository } from "../worktrees/overlaps.ts";
import { tellFailedFilters } from "../git/failing_filters.ts";
import { endedRecord } from "../run/end.ts";
import type { EndedRecord } from "../run/record.ts";
import { runMark } from "../run/environment.ts";
import { messageOf } from "../system/errors.ts";
import { keepLastWatch } from "../system/last_watch.ts";
import { askCodex } from "./ask_codex.ts";
import { type Baseline, type BaselineDiff, takeBaseline } from "./baseline.ts";
import { overdraftOf } from "./budget.ts";
import { checkRun } from "./check.ts";
import { requireOwnFolder, watchOwnFolder } from "./folder_guard.ts";
import { raiseGuard } from "./guard.ts";
import { noteOwnFiles } from "./own_files.ts";
import { endLeftovers, type SupervisedRun, warn } from "./supervised_run.ts";
import { tellTouched } from "./told_changes.ts";
import { meterTokens } from "./token_meter.ts";
import { judge } from "./verdict.ts";
import { openWorktree } from "./worktree.ts";
import { ignored } from "../system/ignore.ts";
import { talk } from "./talk.ts";

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
  await using _watch = keepLastWatch(runMark(run.id), run.env);
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
  using _folder = watchOwnFolder(run);

  const account = await accountMark(run.env);
  const parts = { baseline, meter, capabilities, guard, own };
  const { turn, parsed, repaired } = await talk(run, parts);
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
