import { join } from "@std/path";
import { stateFolder } from "../../src/workspace/state_folder.ts";
import type { Stage } from "./stage.ts";

/** A workspace in a project: workers of the project can write its folder, but not its state. */
export interface ProjectWorkspace {
  /** The `.ai-orch` folder. */
  root: string;
  /** The folder of what agentctl writes. */
  state: string;
  /** Path of a file of a run. */
  file(id: string, name: string): string;
}

/** Makes a workspace in the repository of a stage, as `agentctl init` does. */
export async function makeProjectWorkspace(
  stage: Stage,
): Promise<ProjectWorkspace> {
  const made = await stage.agentctl(["init"]);
  if (made.code !== 0) throw new Error(`agentctl init: ${made.stderr}`);
  const root = join(stage.repository.dir, ".ai-orch");
  const state = await stateFolder(root, stage.env);
  return { root, state, file: (id, name) => join(state, "runs", id, name) };
}
