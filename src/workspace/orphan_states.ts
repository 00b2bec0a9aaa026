import { join } from "@std/path";
import { isGone } from "../files/exists.ts";
import { notedWorkspace } from "./state_note.ts";
import { folderOf, statesFolder } from "./state_folder.ts";
import { inTime } from "../system/delay.ts";
import { entriesIfReadable } from "../files/entries_in.ts";

/** A state in the home folder, and the workspace to which it claims to belong. */
export interface NotedState {
  state: string;
  workspace: string;
}

/** A state whose workspace is gone: the project was moved or removed. */
export interface OrphanState extends NotedState {
  /** How many runs it holds. */
  runs: number;
}

/** All states that name their workspace. Throws an `environment` error without HOME. */
export async function notedStates(
  env: Record<string, string>,
): Promise<NotedState[]> {
  const folder = statesFolder(env);
  const entries = await entriesIfReadable(
    folder,
    "a folder that cannot be read holds no states",
  );
  const names = entries.filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name);
  const states = await Promise.all(
    names.sort().map(async (name) => {
      const state = join(folder, name);
      const workspace = await notedWorkspace(state);
      return workspace === null ? [] : [{ state, workspace }];
    }),
  );
  return states.flat();
}

/** How long to wait for a disk that does not respond, such as a network disk. */
const LOOK_MS = 300;

/** The states whose workspaces are gone, without those that cannot be checked. */
export async function orphanStates(
  env: Record<string, string>,
): Promise<OrphanState[]> {
  const found = await Promise.all(
    (await notedStates(env)).map(async (noted) =>
      await inTime(isGone(noted.workspace), LOOK_MS, false)
        ? [{ ...noted, runs: await countRuns(noted.state) }]
        : []
    ),
  );
  return found.flat();
}

/** Where the runs of a missing workspace are, and what to do about it. */
export function orphanWords({ state, workspace, runs }: OrphanState): {
  message: string;
  remedy: string;
} {
  return {
    message: `"${workspace}" is gone; its ${
      runs === 1 ? "run is" : `${runs} runs are`
    } kept in "${state}"`,
    remedy: `in the new place of the project, "agentctl init --adopt '${
      folderOf(workspace)
    }'" takes them over; "rm -r '${state}'" removes them`,
  };
}

/** Whether a state could be removed without loss, because it has neither runs nor projects. */
export async function isUnused({ state }: NotedState): Promise<boolean> {
  return await countRuns(state) === 0 &&
    await isGone(join(state, "projects.json"));
}

async function countRuns(state: string): Promise<number> {
  const entries = await entriesIfReadable(
    join(state, "runs"),
    "a state that cannot be read has no runs",
  );
  return entries.filter(({ isDirectory }) => isDirectory).length;
}
