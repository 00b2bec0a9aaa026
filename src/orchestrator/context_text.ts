import { findCodex } from "../codex/program.ts";
import { listProfiles } from "../codex/profiles.ts";
import { probeCodex } from "../codex/capabilities.ts";
import type { FleetContext } from "../fleet/context.ts";
import { codexCacheFile } from "../fleet/task.ts";
import { readProjects } from "../workspace/projects.ts";
import { messageOf } from "../system/errors.ts";

/** What an orchestrator should know of this place: workspace, projects, profiles. */
export async function contextText(context: FleetContext): Promise<string> {
  const { workspace } = context;
  const projects = await readProjects(workspace);
  return [
    "## This place",
    "",
    `- Workspace: ${workspace.root}`,
    projects.length === 0
      ? "- Projects: none registered; `--project` takes a folder"
      : "- Projects (for `--project`):",
    ...projects.map(({ name, path, default_profile, verify }) =>
      `  - ${name}: ${path}` +
      (default_profile ? `, profile ${default_profile}` : "") +
      (verify ? ", its work is checked after every run" : "")
    ),
    `- Profiles: ${await profileNames(context)}`,
    "",
  ].join("\n");
}

async function profileNames(context: FleetContext): Promise<string> {
  const { env } = context.caller;
  try {
    const program = await findCodex(env);
    if (program === null) return "unknown, because codex is not on PATH";
    const capabilities = await probeCodex(program, {
      env,
      cacheFile: codexCacheFile(context.workspace),
    });
    const names = await listProfiles(env, capabilities);
    return names.length > 0 ? names.join(", ") : "none; leave --profile out";
  } catch (error) {
    return `unknown: ${messageOf(error)}`;
  }
}
