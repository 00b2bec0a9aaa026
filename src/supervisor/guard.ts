import type { CodexCapabilities } from "../codex/capability_cache.ts";
import type { GuardPlan, GuardWish } from "../codex/guard.ts";
import { planGuard } from "../codex/plan_guard.ts";
import { guardWish } from "../guard/guard_wish.ts";
import { guardRegistry, uncoveredError } from "../guard/protection.ts";
import { requireOutOfReach } from "../guard/require_guard.ts";
import { holdPlaceholders } from "../workspace/placeholders.ts";
import { guardWords } from "../workspace/prompts.ts";
import { type SupervisedRun, warn } from "./supervised_run.ts";
import { watchProtected } from "./watch_protected.ts";

/** The guard of a running run. */
export interface RaisedGuard extends AsyncDisposable {
  /** What it should do; `null` without a guard. */
  wish: GuardWish | null;
  /** What Codex is told; `null` without a guard. */
  plan: GuardPlan | null;
  /** What the worker is told about it; `null` without a guard. */
  words: string | null;
  /** What the user tells every worker, which these words would otherwise replace; `null` if there are none, or nothing to replace them. */
  ownWords: string | null;
  /** Notes what was written to protected paths, for runs without a guard. */
  tell(): Promise<void>;
}

/**
 * Keeps what a run must not change out of its worker's reach until the guard is
 * disposed of, and notes it in the record. Throws an `environment` error if the
 * guard could be bypassed.
 */
export async function raiseGuard(
  run: SupervisedRun,
  capabilities: CodexCapabilities,
): Promise<RaisedGuard> {
  const { context, keeper, env } = run;
  const record = keeper.current();
  const sockets = record.pane === null ? [] : [record.pane.socket];
  const wish = await guardWish(context, record, env, sockets);
  if (wish !== null && !capabilities.permission_profiles) {
    await requireOutOfReach(context, capabilities, wish);
  }
  if (wish === null || !capabilities.permission_profiles) {
    keeper.update({ guard: false });
    const watch = await watchProtected(record.cwd, record.protection);
    return {
      wish: null,
      plan: null,
      words: null,
      ownWords: null,
      tell: async () => {
        for (const text of await watch()) warn(run, text);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const plan = await planGuard(wish);
  const [hole] = plan.uncovered;
  if (hole !== undefined) throw uncoveredError(hole);
  const placeholders = await holdPlaceholders(
    guardRegistry(context.caller.env),
    plan.needed,
    plan.leftovers,
  );
  keeper.update({
    guard: { read_only: plan.read_only, hidden: plan.hidden },
  });
  const words = guardWords(wish.paths);
  return {
    wish,
    plan,
    words,
    ownWords: words === null ? null : wish.grants.instructions,
    tell: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => placeholders.release(),
  };
}
