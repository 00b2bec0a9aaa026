import { join } from "@std/path";
import { exists, isFolder } from "../files/exists.ts";
import { trustCall } from "../workspace/source_file.ts";
import { ensureWorkspace } from "../workspace/root_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem, problemOf, warning } from "./finding.ts";

/** Checks the folder of the workspace and its settings. */
export async function* checkWorkspace(
  { open }: Examination,
): AsyncGenerator<Finding> {
  let opened;
  try {
    opened = await open();
  } catch (error) {
    return yield problemOf(
      "workspace",
      error,
      "name a workspace with --workspace or AI_ORCH_HOME",
    );
  }
  const { root, state } = opened.workspace;
  const make = async () => {
    await ensureWorkspace(root);
    return `Made the workspace "${root}"`;
  };
  if (opened.missing) {
    return yield await exists(root)
      ? problem(
        "workspace",
        `"${root}" is not a workspace`,
        "move it away, or name another workspace",
      )
      : warning(
        "workspace",
        `Workspace "${root}" does not exist yet; the first run makes it`,
        'make one with "agentctl init" or "agentctl doctor --fix"',
        make,
      );
  }
  const runs = join(state, "runs");
  const hasRuns = await isFolder(runs);
  yield !hasRuns && await exists(runs)
    ? problem(
      "workspace",
      `"${runs}" is not a folder`,
      "move it away",
    )
    : ok(
      "workspace",
      `Workspace "${root}"` +
        (state === root ? "" : `, its runs in "${state}"`) +
        (hasRuns ? "" : ", where there are no runs yet"),
    );
  yield opened.configError === null
    ? ok("workspace.config", "The settings can be read")
    : problemOf("workspace.config", opened.configError, "correct the file");
  for (const remark of opened.workspace.remarks) {
    yield warning(
      "workspace.approval",
      remark,
      `run "${trustCall(root)} --show"`,
    );
  }
}
