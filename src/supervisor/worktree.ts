import { dirname, join } from "@std/path";
import { removeIfUnchanged } from "../worktrees/worktree_removal.ts";
import { keepContent, readWorktree } from "../worktrees/worktree_changes.ts";
import {
  copyIncluded,
  includesWorkersFiles,
} from "../worktrees/worktree_include.ts";
import { holdWorktree } from "../worktrees/worktree_lock.ts";
import type { Repository } from "../git/git_call.ts";
import { tellFailedFilters } from "../git/failing_filters.ts";
import { isReady, markStart } from "../git/kept_changes.ts";
import { findRepository } from "../git/repository.ts";
import {
  addWorktree,
  checkOut,
  countUncommitted,
  findCommit,
  findWorktree,
} from "../git/worktree.ts";
import { guardWish } from "../guard/guard_wish.ts";
import { guardRegistry } from "../guard/protection.ts";
import type { RunWorktree } from "../run/record.ts";
import { makeRedact } from "../run/redact.ts";
import { environmentError, messageOf } from "../system/errors.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { acquireLock } from "../files/lock.ts";
import { requireOwnFolder } from "./folder_guard.ts";
import { askCodex } from "./ask_codex.ts";
import { confine, type ConfinedCommand } from "./confine.ts";
import { credentialPaths, withoutCredentials } from "./credentials.ts";
import { plural } from "../text/wording.ts";
import {
  type OpenWorktree,
  type SupervisedRun,
  warn,
} from "./supervised_run.ts";
import { verifyRun } from "./verify.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignored, instead } from "../system/ignore.ts";

/** How long the worktrees of others in the repository may take, which may be many and large. */
const OTHER_WORKTREES_MS = 15 * 60_000;

/**
 * Prepares the worktree of a run: a new one, filled and set up, or the previous
 * attempt's, as it was left. `null` for a run without one. Throws an
 * `environment` error if git or the set-up fails.
 */
export async function openWorktree(
  run: SupervisedRun,
): Promise<OpenWorktree | null> {
  const { keeper, env, files, context } = run;
  const plan = keeper.current().worktree;
  if (plan === null) return null;
  keeper.update({ activity: "making its worktree" });
  const lock = await holdWorktree(plan.path);
  const words = () => {
    const { run_id, title } = keeper.current();
    return { run_id, title: makeRedact(env)(title) };
  };
  const handle: OpenWorktree = {
    async begin(state) {
      const home = await findRepository(plan.repository, env);
      const worktree = home && await findWorktree(home, plan.path, env);
      if (!worktree) return;
      await markStart(
        worktree,
        state?.tree ?? "HEAD^{tree}",
        env,
        state?.aside,
      );
    },
    async keep(state, summary) {
      try {
        await requireOwnFolder(run);
        const content = await readWorktree(plan, {
          ...words(),
          summary: makeRedact(env)(summary),
        }, { scratch: files.scratch, env, ...state !== null && { state } });
        if (content === null) throw new Error("the worktree is gone");
        await keepContent(plan, content, env);
        settle(run, { commit: content.changes.commit });
      } catch (error) {
        warn(
          run,
          `Not committed, but still in "${plan.path}": ${messageOf(error)}`,
        );
      } finally {
        await removeQuietly(files.scratch, { recursive: true });
      }
    },
    async leave(final) {
      lock.release();
      if (final.next_run_id !== null) return;
      keeper.update({ activity: "removing its worktree if it is unchanged" });
      await removeIfUnchanged(context.workspace, final, files.scratch, env)
        .catch(ignored("the worktree stays"));
    },
  };
  // Whatever goes wrong from here on, the worktree is left in a clean state.
  run.worktree = handle;
  await prepare(run, plan);
  return handle;
}

/** Puts what is known about the worktree into the record. */
function settle(run: SupervisedRun, change: Partial<RunWorktree>): void {
  const { worktree } = run.keeper.current();
  if (worktree === null) return;
  const changed = { ...worktree, ...change };
  if (changed.commit === changed.base_commit) changed.commit = null;
  run.keeper.update({ worktree: changed });
}

async function prepare(run: SupervisedRun, plan: RunWorktree): Promise<void> {
  const { env, keeper, pane } = run;
  const record = keeper.current();
  const home = await findRepository(plan.repository, env);
  if (home === null) {
    throw environmentError(
      `Cannot make worktree "${plan.path}": "${plan.repository}" is no longer a git work tree`,
    );
  }
  const found = await findWorktree(home, plan.path, env);
  if (found && await isReady(found, env)) {
    await goOn(run, plan);
    pane.transcript.note(`Continuing in worktree ${plan.path}`);
  } else {
    const { worktree, isUntouched } = found
      ? { worktree: found, isUntouched: plan.commit === null }
      : await make(run, plan, home);
    await checkOut(worktree, env);
    // The set-up may need what could not be checked out.
    const missing = tellFailedFilters(env);
    for (
      const text of [...missing, ...await copyIncluded(home, plan.path, env)]
    ) {
      warn(run, text);
    }
    pane.transcript.note(`Working in worktree ${plan.path}, on ${plan.branch}`);
    // The commit may have a link in place of the folder.
    await requireOwnFolder(run);
    await Deno.mkdir(record.cwd, { recursive: true });
    await setUp(
      run,
      plan,
      isUntouched && !await includesWorkersFiles(home, env) &&
        !programEnvironment(env).namesWorkers,
    );
  }
  await keeper.updateNow({});
}

/** An attempt whose supervisor died may have left uncommitted changes. */
async function goOn(run: SupervisedRun, plan: RunWorktree): Promise<void> {
  const { env, files, keeper } = run;
  const { parent_run_id, run_id, title } = keeper.current();
  const content = await readWorktree(plan, {
    run_id: parent_run_id ?? run_id,
    title: makeRedact(env)(title),
  }, { scratch: files.scratch, env });
  if (content === null) return;
  if (content.isNew) await keepContent(plan, content, env);
  settle(run, {
    base_commit: plan.base_commit ?? content.changes.commit,
    commit: content.changes.commit,
  });
}

/** Makes the worktree: from its branch, from what an earlier attempt committed, or from the commit that is checked out now. */
async function make(
  run: SupervisedRun,
  plan: RunWorktree,
  home: Repository,
): Promise<{ worktree: Repository; isUntouched: boolean }> {
  const { env, keeper } = run;
  const { run_id, root_run_id } = keeper.current();
  const commitOf = (name: string | null) =>
    name === null ? null : findCommit(home, name, env);
  const tip = await commitOf(`refs/heads/${plan.branch}`);
  if (tip !== null && run_id === root_run_id) {
    throw environmentError(
      `Cannot make worktree "${plan.path}": branch "${plan.branch}" already exists; delete it, or choose another run id`,
    );
  }
  const earlier = tip ?? await commitOf(plan.commit) ??
    await commitOf(plan.base_commit);
  const start = earlier ?? home.head;
  if (start === null) {
    throw environmentError(
      `Cannot make worktree "${plan.path}": repository "${home.root}" no longer has a commit`,
    );
  }
  if (earlier === null) {
    const count = await countUncommitted(home, env).catch(
      instead(0, "only a warning depends on it"),
    );
    if (count > 0) {
      warn(
        run,
        `${plural(count, "uncommitted change")} of "${home.root}" ${
          count === 1 ? "is" : "are"
        } not in the worktree, which begins with commit ${start.slice(0, 10)}`,
      );
    }
  }
  settle(run, { base_commit: plan.base_commit ?? start, commit: start });
  // One at a time per repository, because git looks for free names.
  const folder = dirname(dirname(plan.path));
  using _lock = await acquireLock(join(folder, "lock"), {
    patienceMs: OTHER_WORKTREES_MS,
  });
  return {
    worktree: await addWorktree(home, plan, start, env),
    // An earlier attempt's commits are a worker's.
    isUntouched: earlier === null || start === plan.base_commit,
  };
}

/**
 * Runs the project's command in a new worktree: as the user if no worker has
 * written in it or in the folders of PATH yet; otherwise confined, with the
 * network but without secrets, because what it calls may be a worker's.
 */
async function setUp(
  run: SupervisedRun,
  plan: RunWorktree,
  isUntouched: boolean,
): Promise<void> {
  const { files, keeper, pane } = run;
  if (plan.setup === null) return;
  pane.transcript.note(`Setting up: ${plan.setup}`);
  keeper.update({ activity: `setting up: ${plan.setup}` });
  await using confined = isUntouched
    ? null
    : await confineSetUp(run, plan.setup);
  const result = await verifyRun(
    run,
    files.setup,
    confined?.script ?? plan.setup,
    confined?.env ?? run.env,
  );
  if (result.passed) return;
  throw environmentError(
    `The set-up of the worktree failed (${result.outcome}): see "${files.setup}"`,
  );
}

async function confineSetUp(
  run: SupervisedRun,
  command: string,
): Promise<ConfinedCommand> {
  const { keeper, files, env } = run;
  const wish = await guardWish(run.context, keeper.current(), env);
  const { permission_profiles } = await askCodex(run);
  if (wish === null || !permission_profiles) {
    throw environmentError(
      `Cannot set up the worktree again: "${command}" would run what a worker has written, and ${
        wish === null
          ? "the run has no sandbox"
          : "this Codex cannot confine it"
      }; start a new run, or merge the work first`,
    );
  }
  return await confine({
    command,
    env: withoutCredentials(env),
    wish: { ...wish, hidden: [...wish.hidden, ...credentialPaths(env)] },
    online: true,
    scratch: files.setUp,
    registry: guardRegistry(run.context.caller.env),
  });
}
