import { join } from "@std/path";
import { unlessGone } from "../files/unless_gone.ts";
import { listOlderIds, olderRunsFolder } from "../run/older_runs.ts";
import { plural } from "../text/wording.ts";
import { olderProjectsRemark } from "../workspace/projects.ts";
import {
  isUnused,
  orphanStates,
  orphanWords,
} from "../workspace/orphan_states.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";
import { linkInfoAt } from "../files/exists.ts";

/** Finds states in the home folder whose workspaces are gone, and what earlier versions left where workers can write. */
export async function* checkStates(
  { caller, open }: Examination,
): AsyncGenerator<Finding> {
  const { workspace } = await open();
  const complaints = [
    ...await orphanFindings(caller.env),
    ...await olderFindings(workspace),
    ...await voucherFindings(caller.env),
  ];
  if (complaints.length > 0) return yield* complaints;
  yield ok("states", "Every state in the home folder belongs to a workspace");
}

async function orphanFindings(
  env: Record<string, string>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const orphan of await orphanStates(env)) {
    const { message, remedy } = orphanWords(orphan);
    if (!await isUnused(orphan)) {
      findings.push(warning("states", message, remedy));
      continue;
    }
    const { state, workspace } = orphan;
    findings.push(warning(
      "states",
      `"${workspace}" is gone, and its state "${state}" is empty`,
      'remove it with "agentctl doctor --fix"',
      async () => {
        if (await isUnused(orphan)) {
          await Deno.remove(state, { recursive: true }).catch(unlessGone);
        }
        return `Removed "${state}"`;
      },
    ));
  }
  return findings;
}

async function olderFindings(
  workspace: Workspace,
): Promise<Finding[]> {
  const { length } = await listOlderIds(workspace);
  const projects = await olderProjectsRemark(workspace);
  const remedy = 'take over what is yours with "agentctl trust --import"';
  return [
    ...length === 0 ? [] : [warning(
      "states.older",
      `${plural(length, "run")} of an earlier agentctl in "${
        olderRunsFolder(workspace)
      }", where workers can write: they are only shown`,
      remedy,
    )],
    ...projects === null ? [] : [warning("states.older", projects, remedy)],
  ];
}

/** Where earlier versions noted which runs they had started, because workers could write runs. */
async function voucherFindings(
  env: Record<string, string>,
): Promise<Finding[]> {
  const folder = join(homeWorkspace(env), "vouched");
  const info = await linkInfoAt(folder);
  if (!info?.isDirectory) return [];
  return [warning(
    "states.older",
    `"${folder}" belongs to an earlier agentctl and is no longer used`,
    'remove it with "agentctl doctor --fix"',
    async () => {
      await Deno.remove(folder, { recursive: true }).catch(unlessGone);
      return `Removed "${folder}"`;
    },
  )];
}
