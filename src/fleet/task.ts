import { closestString } from "@std/text";
import { join } from "@std/path";
import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { probeCodex } from "../codex/capabilities.ts";
import { buildArgv } from "../codex/command_line.ts";
import {
  codexHome,
  findProfile,
  type ProfileSettings,
} from "../codex/profiles.ts";
import { findCodex } from "../codex/program.ts";
import { ownerFor } from "../owners/asker.ts";
import { PaneId } from "../run/checked_words.ts";
import { markFolder } from "../run/folder_mark.ts";
import { type LiveRecord, RECORD_SCHEMA, type RunTask } from "../run/record.ts";
import { environmentError, notFoundError } from "../system/errors.ts";
import { requireProgram } from "../system/find_program.ts";
import { VERSION } from "../system/version.ts";
import { DURATIONS, parseDuration } from "../text/duration.ts";
import { oneLine } from "../text/sanitize.ts";
import { firstLine } from "../text/wording.ts";
import { isWorkerPrompt } from "../workspace/prompts.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { placementOf } from "../lifecycle/launch.ts";
import { requireGuard } from "../guard/require_guard.ts";
import { settleProtection } from "../guard/protection.ts";
import {
  mayConfineCheck,
  type RunTerms,
  settleTerms,
} from "../task/run_terms.ts";
import { lateBudget } from "../task/late_budget.ts";
import type { StartRequest } from "../task/start_request.ts";
import { chosenChain, chosenFields } from "../task/task_choices.ts";
import { refuseForeseen } from "./foreseen.ts";
import { choosePlace } from "../worktrees/place_task.ts";

/** What is determined about a run before it has an id. */
export type TaskDescription =
  & Omit<RunTask, "run_id" | "root_run_id">
  & Pick<LiveRecord, "warnings">;

/** Checks everything that can be known before a pane is made, and determines the value of every option. */
export async function describeTask(
  context: FleetContext,
  request: StartRequest,
  prompt: string,
  known?: CodexCapabilities,
): Promise<TaskDescription> {
  const { workspace, caller } = context;
  const { parent } = request;
  for (const program of ["tmux", "git"] as const) {
    requireProgram(caller.env, program, "start run");
  }
  const capabilities = known ?? await codexCapabilities(context, "start run");
  const terms = await settleTerms(
    context,
    request,
    parent,
    (name) => profileSettings(context, name, capabilities, "start run"),
  );
  const { project, profile, settings, sandbox } = terms;
  await refuseForeseen(context, capabilities, terms);
  const { config } = workspace;
  const place = await choosePlace(context, {
    wanted: request.worktree,
    parent: request.project === undefined ? parent : undefined,
    project,
    folder: config.worktree_folder,
    setup: project.setup,
  });
  const chosen = chosenFields(request);
  const protection = settleProtection(
    context,
    config.protected_paths,
    request.allowProtected ?? [],
  );
  await requireGuard(context, capabilities, {
    cwd: place.cwd,
    sandbox,
    profile,
    ...protection,
    worktree: place.worktree,
  });
  await requireServers(caller.env, terms);
  // Refuses what this Codex cannot do; the supervisor builds the real call.
  buildArgv(capabilities, {
    cwd: project.path,
    worktree: null,
    profile,
    model: chosen.model_option,
    sandbox,
    guard: null,
    distrusted: [],
    mcpSettings: [],
    commandVariables: {},
    schemaFile: "schema.json",
    outputFile: "output.json",
    approve: chosen.approve,
    threadSource: "agentctl",
    instructions: null,
    ephemeral: chosen.ephemeral,
    skipGitCheck: false,
    resumeThreadId: parent?.thread_id ?? null,
  });
  const transport = chosen.transport ?? config.transport;
  const chain = {
    ...chosenChain(request),
    escalate: [...terms.escalate],
    max_attempts: request.maxAttempts ?? config.max_attempts,
  };
  const late = lateBudget({ ...chosen, chain }, transport);
  return {
    ...chosen,
    schema: RECORD_SCHEMA,
    title: oneLine(request.title ?? firstLine(prompt), 60) ||
      "untitled",
    project: project.name,
    cwd: place.cwd,
    profile,
    model: chosen.model_option ?? settings.model ?? null,
    sandbox,
    transport,
    timeout_ms: request.timeoutMs ??
      defaultDuration(workspace, "default_timeout"),
    idle_timeout_ms: request.idleTimeoutMs ??
      defaultDuration(workspace, "default_idle_timeout"),
    verify: terms.verify,
    verify_unconfined: terms.verifyUnconfined,
    verify_confined: terms.verify === null
      ? null
      : mayConfineCheck(terms) && capabilities.permission_profiles,
    warnings: [...workspace.remarks, ...late === null ? [] : [late]],
    created_at: new Date().toISOString(),
    parent_run_id: parent?.run_id ?? null,
    rerun_of: request.repeats?.run_id ?? null,
    resumed_thread_id: parent?.thread_id ?? null,
    agentctl_version: VERSION,
    notify_target: notifyTarget(caller.env),
    codex_version: capabilities.version,
    stand_in: capabilities.stand_in,
    not_before: null,
    placement: placementOf(caller),
    chain,
    worktree: place.worktree,
    ...protection,
    mcp: terms.mcp === null ? null : [...terms.mcp],
    folder: await markFolder(project.path),
    owner: await ownerFor(caller, parent ?? request.repeats),
  };
}

/** Finds Codex and what it can do; throws an `environment` error if it is missing or unusable. */
async function codexCapabilities(
  context: FleetContext,
  action: string,
): Promise<CodexCapabilities> {
  const { workspace, caller } = context;
  requireProgram(caller.env, "codex", action);
  const program = await findCodex(caller.env);
  if (program === null) {
    throw environmentError(`Cannot ${action}: codex is not on PATH`);
  }
  return await probeCodex(program, {
    env: caller.env,
    cacheFile: codexCacheFile(workspace),
  });
}

/** Whether the Codex of a caller can run checks in a worker's confinement. Throws an `environment` error if there is none. */
export async function confinesChecks(context: FleetContext): Promise<boolean> {
  const { permission_profiles } = await codexCapabilities(context, "check");
  return permission_profiles;
}

/** Where the capabilities of Codex are cached. */
export function codexCacheFile(workspace: Workspace): string {
  return join(workspacePaths.cache(workspace), "codex.json");
}

/** Codex silently ignores a profile without a file, so we look for it here. */
async function profileSettings(
  context: FleetContext,
  name: string,
  capabilities: CodexCapabilities,
  action: string,
): Promise<ProfileSettings> {
  // The stand-in knows agentctl's three profiles, whatever the user has.
  if (capabilities.stand_in && isWorkerPrompt(name)) {
    return name === "review" ? { sandbox_mode: "read-only" } : {};
  }
  const state = await findProfile(context.caller.env, name, capabilities);
  if (state.state === "found") return state.settings;
  if (state.state === "broken") {
    throw environmentError(
      `Cannot ${action}: profile "${name}" cannot be used: ${state.reason}`,
    );
  }
  const remedy = state.available.length > 0
    ? `did you mean "${closestString(name, state.available)}"`
    : `make "${join(codexHome(context.caller.env), `${name}.config.toml`)}"`;
  throw notFoundError(
    `Cannot ${action}: Codex has no profile "${name}"; ${remedy}`,
  );
}

/** Throws unless Codex has a profile of that name. */
export async function requireProfile(
  context: FleetContext,
  name: string,
  action: string,
): Promise<void> {
  await profileSettings(
    context,
    name,
    await codexCapabilities(context, action),
    action,
  );
}

/** Throws a `not_found` error for an MCP server that Codex does not have; it would ignore the name. */
async function requireServers(
  env: Record<string, string>,
  { mcp, profile, project }: RunTerms,
): Promise<void> {
  if (mcp === null || mcp.length === 0) return;
  // Loaded only here, because it is rare.
  const { missingServers } = await import("../codex/mcp_choice.ts");
  const { readMcpServers } = await import("../codex/mcp_servers.ts");
  const servers = await readMcpServers(env, profile, {
    cwd: project.path,
    worktree: null,
  });
  const [missing] = missingServers(servers, mcp);
  if (missing === undefined) return;
  const known = servers.map(({ name }) => name);
  const remedy = known.length > 0
    ? `did you mean "${closestString(missing, known)}"`
    : 'add it with "codex mcp add"';
  throw notFoundError(
    `Cannot start run: Codex has no MCP server "${missing}"; ${remedy}`,
  );
}

function defaultDuration(
  { config, root }: Workspace,
  key: "default_timeout" | "default_idle_timeout",
): number | null {
  const value = config[key];
  if (value === null) return null;
  const ms = parseDuration(String(value));
  if (ms !== null) return ms;
  throw environmentError(
    `Cannot use ${key} "${value}" of "${
      join(root, "config.jsonc")
    }": give ${DURATIONS}`,
  );
}

/** The pane of the calling orchestrator, which `agentctl orch` names in its environment. */
function notifyTarget(env: Record<string, string>): string | null {
  const pane = PaneId.safeParse(env["AGENTCTL_NOTIFY_TARGET"]);
  return pane.success ? pane.data : null;
}
