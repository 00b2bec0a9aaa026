import { join } from "@std/path";
import type { CodexCapabilities } from "../codex/capability_cache.ts";
import type { GuardWish } from "../codex/guard.ts";
import { planGuard } from "../codex/plan_guard.ts";
import { environmentError } from "../system/errors.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import type { FleetContext } from "../workspace/context.ts";
import { type GuardedTask, guardWish } from "./guard_wish.ts";
import { uncoveredError } from "./protection.ts";
import { placesInReach } from "./reach.ts";

/**
 * Throws an `environment` error if a run cannot be kept from what it must not
 * change: because of a link, say, or because its Codex cannot guard and the home
 * folder's own places are within the worker's reach. A worktree does not exist
 * yet; the supervisor checks links in it.
 */
export async function requireGuard(
  context: FleetContext,
  capabilities: CodexCapabilities,
  task: GuardedTask,
): Promise<void> {
  const wish = await guardWish(context, task, context.caller.env);
  if (wish === null) return;
  if (!capabilities.permission_profiles) {
    return await requireOutOfReach(context, capabilities, {
      ...wish,
      cwd: task.worktree?.path ?? wish.cwd,
    });
  }
  if (task.worktree !== null) return;
  const [hole] = (await planGuard(wish)).uncovered;
  if (hole !== undefined) throw uncoveredError(hole);
}

/**
 * Throws an `environment` error if a worker without a guard could write what
 * agentctl, Codex and Claude Code act on, as in a run in the home folder. The
 * stand-in may, because it is not a model.
 */
export async function requireOutOfReach(
  { workspace, caller }: FleetContext,
  { version, stand_in }: Pick<CodexCapabilities, "version" | "stand_in">,
  { sandbox, cwd, grants, tmpdir, places }: GuardWish,
): Promise<void> {
  if (stand_in) return;
  const home = homeWorkspace(caller.env);
  const [reached] = await placesInReach({
    mode: sandbox,
    folder: cwd,
    writableRoots: grants.writable_roots,
    temporary: [
      ...grants.slash_tmp ? ["/tmp"] : [],
      ...grants.tmpdir && tmpdir !== null ? [tmpdir] : [],
    ],
  }, [
    home,
    // A workspace in a project needs approval anyway, so the worker may write it.
    ...places.filter((place) => place !== workspace.root && place !== home),
  ], [join(home, "worktrees")]);
  if (reached === undefined) return;
  throw environmentError(
    `Cannot start run: its worker could write "${reached.place}", because it may write "${reached.by}", and Codex ${version} cannot guard it; choose a smaller folder, install a newer Codex, or use --sandbox read-only`,
  );
}
