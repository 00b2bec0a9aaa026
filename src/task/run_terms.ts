import { findProfile, type ProfileSettings } from "../codex/profiles.ts";
import { SANDBOX_MODES, type SandboxMode } from "../codex/sandbox_modes.ts";
import { homeFolder } from "../run/home_folder.ts";
import type { RunRecord } from "../run/record.ts";
import { usageError } from "../system/errors.ts";
import { parsePercent } from "../text/percent.ts";
import {
  readProjects,
  type ResolvedProject,
  resolveProject,
  UNREGISTERED,
} from "../workspace/projects.ts";
import type { FleetContext } from "../workspace/context.ts";
import { withKeptChoices } from "./task_choices.ts";
import type { TaskChoices } from "./task_option_rows.ts";

/** The terms of a run, as its options, profile, project, config and parent together determine them. */
export interface RunTerms {
  /** What the caller chose, or the earlier run passes on. */
  choices: TaskChoices;
  project: ResolvedProject;
  profile: string | null;
  settings: ProfileSettings;
  sandbox: SandboxMode;
  /** What determined the sandbox, in words. */
  sandboxSource: string;
  /** The profiles of further attempts. */
  escalate: readonly string[];
  /** The MCP servers that the worker may use; `null`: those that need no approval. */
  mcp: readonly string[] | null;
  /** What percentage of the account may be used when a run starts without an option; `null`: all. */
  accountCeiling: number | null;
  /** The shell command that checks the work; `null`: none. */
  verify: string | null;
  /** Whether the user asked for the check to run unconfined. */
  verifyUnconfined: boolean;
}

/** Finds the settings of a profile. Throws if it cannot be used. */
export type ProfileLookUp = (name: string) => Promise<ProfileSettings>;

/**
 * Determines the terms of a run. Nothing else does: this is called both to
 * start a run and to ask what one may do. It changes nothing.
 *
 * Throws `usage`, `not_found` or `environment` errors for impossible terms.
 */
export async function settleTerms(
  { workspace, caller }: FleetContext,
  choices: TaskChoices,
  parent: RunRecord | undefined,
  lookUp: ProfileLookUp,
): Promise<RunTerms> {
  const project = await resolveProject(
    workspace,
    choices.project ?? (parent && homeFolder(parent)),
    caller.cwd,
  );
  const { config } = workspace;
  const profile = choices.profile ?? project.default_profile ??
    config.default_profile;
  const settings = profile === null ? {} : await lookUp(profile);
  const configured = profile !== null && Object.hasOwn(config.escalate, profile)
    ? config.escalate[profile]
    : undefined;
  const escalate = choices.escalate ?? configured ?? [];
  for (const name of new Set(escalate)) await lookUp(name);
  const [sandbox, sandboxSource] = choices.sandbox !== undefined
    ? [choices.sandbox, "set by --sandbox or the earlier run"]
    : settings.sandbox_mode !== undefined
    ? [checkSandbox(settings.sandbox_mode), `by profile "${profile}"`]
    : [config.default_sandbox, "by default_sandbox of the config"];
  return {
    choices,
    project,
    profile,
    settings,
    sandbox,
    sandboxSource,
    escalate,
    mcp: choices.mcp ?? config.mcp,
    accountCeiling: parsePercent(String(config.account_ceiling)),
    verify: choices.verify ?? project.verify,
    // The project's setting applies to its own check, not to one that the caller gives.
    verifyUnconfined: choices.verifyUnconfined ??
      (choices.verify === undefined && project.verify_unconfined),
  };
}

/** Whether a check on these terms should run in the worker's confinement, if its Codex has one. */
export function mayConfineCheck(
  { verifyUnconfined, sandbox }: Pick<RunTerms, "verifyUnconfined" | "sandbox">,
): boolean {
  return !verifyUnconfined && sandbox !== "danger-full-access";
}

/** The terms of a run as its record has them. */
export async function termsOfRun(
  { workspace }: FleetContext,
  record: RunRecord,
): Promise<RunTerms> {
  const folder = homeFolder(record);
  const projects = await readProjects(workspace);
  return {
    choices: withKeptChoices({}, record, "attempt"),
    project: projects.find(({ path }) => path === folder) ??
      { ...UNREGISTERED, path: folder },
    profile: record.profile,
    settings: {},
    sandbox: record.sandbox,
    sandboxSource: "as it was started",
    escalate: record.chain.escalate,
    mcp: record.mcp,
    // It was asked for when the run was made.
    accountCeiling: null,
    verify: record.verify,
    verifyUnconfined: record.verify_unconfined,
  };
}

/**
 * Finds profiles without asking Codex which form it takes, because that would
 * mean starting it: if both forms exist, the one that lets a worker do more
 * counts. A missing profile has no settings; `start` itself refuses it.
 */
export function lookUpInEitherForm(
  env: Record<string, string>,
): ProfileLookUp {
  return async (name) => {
    let settings: ProfileSettings = {};
    for (const profiles of ["files", "tables"] as const) {
      const found = await findProfile(env, name, { profiles });
      if (found.state !== "found") continue;
      if (reachOf(found.settings) >= reachOf(settings)) {
        settings = found.settings;
      }
    }
    return settings;
  };
}

/** How far a sandbox lets a worker reach; an unset one reaches least. */
function reachOf({ sandbox_mode }: ProfileSettings): number {
  return SANDBOX_MODES.findIndex((mode) => mode === sandbox_mode);
}

function checkSandbox(sandbox: string): SandboxMode {
  const mode = SANDBOX_MODES.find((mode) => mode === sandbox);
  if (mode) return mode;
  throw usageError(
    `Cannot start run: sandbox "${sandbox}" is unknown; use ${
      SANDBOX_MODES.join(", ")
    }`,
  );
}
