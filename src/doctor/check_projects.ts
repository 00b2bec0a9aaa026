import { isFolder } from "../files/exists.ts";
import { readProjects } from "../workspace/projects.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problemOf, warning } from "./finding.ts";
import { plural } from "../text/wording.ts";

/** Checks the list of projects, and that their folders exist. */
export async function* checkProjects(
  { open }: Examination,
): AsyncGenerator<Finding> {
  const { workspace } = await open();
  let projects;
  try {
    projects = await readProjects(workspace);
  } catch (error) {
    return yield problemOf(
      "workspace.projects",
      error,
      "correct or remove the file",
    );
  }
  const missing: Finding[] = [];
  for (const { name, path } of projects) {
    if (await isFolder(path)) continue;
    missing.push(warning(
      "workspace.projects",
      `Folder "${path}" of project "${name}" does not exist`,
      `correct it with "agentctl add-project ${name} <path>", or remove it with "agentctl remove-project ${name}"`,
    ));
  }
  if (missing.length > 0) return yield* missing;
  yield ok(
    "workspace.projects",
    projects.length === 0
      ? "No projects are registered"
      : `${plural(projects.length, "project")}, whose folders exist`,
  );
}
