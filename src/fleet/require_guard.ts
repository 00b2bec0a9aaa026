import type { CodexCapabilities } from "../codex/capabilities.ts";
import { planGuard } from "../codex/plan_guard.ts";
import type { FleetContext } from "./context.ts";
import { type GuardedTask, guardWish } from "./guard_wish.ts";
import { uncoveredError } from "./protection.ts";

/**
 * Throws an `environment` error if a Codex that can guard a run cannot guard
 * this one, because of a link, say. A worktree is not there yet; of it the
 * supervisor asks.
 */
export async function requireGuard(
  context: FleetContext,
  { permission_profiles }: CodexCapabilities,
  task: GuardedTask,
): Promise<void> {
  if (!permission_profiles || task.worktree !== null) return;
  const wish = await guardWish(context, task, context.caller.env);
  const [hole] = wish === null ? [] : (await planGuard(wish)).uncovered;
  if (hole !== undefined) throw uncoveredError(hole);
}
