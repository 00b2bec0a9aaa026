import { join } from "@std/path";
import { entriesIn } from "../files/entries_in.ts";
import { exists, linkInfoAt } from "../files/exists.ts";
import { isLocked } from "../files/lock.ts";
import { SYSTEM_PLACE } from "../files/temporary_folder.ts";
import { instead } from "../system/ignore.ts";
import { plural } from "../text/wording.ts";
import { notedStates } from "../workspace/orphan_states.ts";
import { readSettings } from "../workspace/settings.ts";
import type { Installation } from "./installation.ts";

/** A place that agentctl or its user has written to, and what is there. */
export interface StatePlace {
  path: string;
  what: string;
}

/**
 * Every place where something of agentctl is, besides what the installer notes:
 * state and settings, worktrees, demos that were kept, and what the program of
 * 0.1.0 left in the temporary folder.
 */
export async function statePlaces(
  { env, workspace }: Installation,
): Promise<StatePlace[]> {
  const noted = await statesOf(env);
  const places: StatePlace[] = [];
  if (await exists(workspace)) {
    const states = [workspace, ...noted.map(({ state }) => state)];
    const runs = await Promise.all(
      states.map((state) => entriesIn(join(state, "runs"))),
    );
    places.push({
      path: workspace,
      what: `settings, and ${plural(runs.flat().length, "run")}`,
    });
  }
  for (const { workspace: path } of noted) {
    places.push({ path, what: "settings and prompts of a project" });
  }
  const { config } = await readSettings(workspace, env).catch(
    instead({ config: null }, "settings that cannot be read name no folder"),
  );
  if (config?.worktree_folder) {
    const path = config.worktree_folder.replace(/^~/, env["HOME"] ?? "~");
    places.push({ path, what: "worktrees of runs" });
  }
  const temporary = env["TMPDIR"] || "/tmp";
  places.push({
    path: join(temporary, "deno-compile-agentctl.cache"),
    what: "compiled code of agentctl 0.1.0",
  });
  for (const folder of [SYSTEM_PLACE, env["HOME"] ?? temporary, temporary]) {
    places.push(...await demosIn(folder, env));
  }
  const there = await Promise.all(places.map(({ path }) => exists(path)));
  return places.filter((_, index) => there[index]);
}

/** A run that has just ended holds its lock for a moment. */
const SETTLING_MS = 2_000;

/** The runs that are working now, in all workspaces of the home folder. */
export async function liveRuns(
  { env, workspace }: Installation,
): Promise<string[]> {
  const states = [
    workspace,
    ...(await statesOf(env)).map(({ state }) => state),
  ];
  const found = await Promise.all(states.map(async (state) => {
    const active = await entriesIn(join(state, "active"));
    return await Promise.all(active.map(async ({ name }) => {
      const lock = join(state, "runs", name, "lock");
      return await isLocked(lock, SETTLING_MS) ? name : [];
    }));
  }));
  return found.flat(2);
}

function statesOf(env: Record<string, string>) {
  return notedStates(env).catch(
    instead([], "states that cannot be read are not named"),
  );
}

/** Demos of this user that were kept, or killed. */
async function demosIn(
  folder: string,
  env: Record<string, string>,
): Promise<StatePlace[]> {
  const entries = await entriesIn(folder).catch(
    instead([], "a folder that cannot be read shows no demo"),
  );
  const own = await linkInfoAt(env["HOME"] ?? folder);
  const places: StatePlace[] = [];
  for (const { name } of entries) {
    if (!/^agentctl-demo-[0-9a-f]{8}$/.test(name)) continue;
    const path = join(folder, name);
    if ((await linkInfoAt(path))?.uid !== own?.uid) continue;
    places.push({ path, what: "a demo" });
  }
  return places;
}
