import { closestString } from "@std/text";
import { join } from "@std/path";
import { type CodexCapabilities, probeCodex } from "../codex/capabilities.ts";
import { buildArgv } from "../codex/command_line.ts";
import {
  codexHome,
  findProfile,
  type ProfileSettings,
} from "../codex/profiles.ts";
import { findCodex } from "../codex/program.ts";
import { SANDBOX_MODES, type SandboxMode } from "../codex/sandbox_modes.ts";
import { homeFolder } from "../run/home_folder.ts";
import {
  type LiveRecord,
  RECORD_SCHEMA,
  type RunChain,
  type RunTask,
} from "../run/record.ts";
import { markFolder } from "../run/work_folder.ts";
import {
  environmentError,
  notFoundError,
  usageError,
} from "../system/errors.ts";
import { requireProgram } from "../system/find_program.ts";
import { VERSION } from "../system/version.ts";
import { DURATIONS, parseDuration } from "../terminal/duration.ts";
import { oneLine } from "../terminal/sanitize.ts";
import { firstLine } from "../terminal/wording.ts";
import { isWorkerPrompt } from "../workspace/prompts.ts";
import { resolveProject } from "../workspace/projects.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import type { FleetContext } from "./context.ts";
import { placementOf } from "./launch.ts";
import { requireGuard } from "./require_guard.ts";
import { settleProtection } from "./protection.ts";
import type { StartRequest } from "./start_request.ts";
import { chosenChain, chosenFields } from "./task_choices.ts";
import { choosePlace } from "./place_task.ts";

/** What is settled about a run before it has an id. */
export type TaskDescription =
  & Omit<RunTask, "run_id" | "root_run_id">
  & Pick<LiveRecord, "warnings">;

/** Checks all that can be known before a pane is made, and settles every option. */
export async function describeTask(
  context: FleetContext,
  request: StartRequest,
  prompt: string,
): Promise<TaskDescription> {
  const { workspace, caller } = context;
  const { parent } = request;
  for (const program of ["tmux", "git"] as const) {
    await requireProgram(caller.env, program, "start run");
  }
  const project = await resolveProject(
    workspace,
    request.project ?? (parent && homeFolder(parent)),
    caller.cwd,
  );
  const capabilities = await codexCapabilities(context, "start run");
  const { config } = workspace;
  const place = await choosePlace(context, {
    wanted: request.worktree,
    parent: request.project === undefined ? parent : undefined,
    project,
    folder: config.worktree_folder,
    setup: project.setup,
  });
  const profile = request.profile ?? project.default_profile ??
    config.default_profile;
  const settings = profile === null
    ? {}
    : await profileSettings(context, profile, capabilities, "start run");
  const sandbox = request.sandbox ??
    checkSandbox(settings.sandbox_mode ?? config.default_sandbox);
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
  // Refuses what this Codex cannot do; the supervisor builds the real one.
  buildArgv(capabilities, {
    cwd: project.path,
    profile,
    model: chosen.model_option,
    sandbox,
    guard: null,
    schemaFile: "schema.json",
    outputFile: "output.json",
    threadSource: "agentctl",
    instructions: null,
    ephemeral: chosen.ephemeral,
    skipGitCheck: false,
    resumeThreadId: parent?.thread_id ?? null,
  });
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
    timeout_ms: request.timeoutMs ??
      defaultDuration(workspace, "default_timeout"),
    idle_timeout_ms: request.idleTimeoutMs ??
      defaultDuration(workspace, "default_idle_timeout"),
    verify: request.verify ?? project.verify,
    warnings: [...workspace.remarks],
    created_at: new Date().toISOString(),
    parent_run_id: parent?.run_id ?? null,
    resumed_thread_id: parent?.thread_id ?? null,
    agentctl_version: VERSION,
    notify_target: notifyTarget(caller.env),
    codex_version: capabilities.version,
    stand_in: capabilities.stand_in,
    not_before: null,
    placement: placementOf(caller),
    chain: await describeChain(context, request, profile, capabilities),
    worktree: place.worktree,
    ...protection,
    folder: await markFolder(project.path),
  };
}

/** What may come after the first attempt. Throws `not_found` for a profile that Codex does not have. */
async function describeChain(
  context: FleetContext,
  request: StartRequest,
  profile: string | null,
  capabilities: CodexCapabilities,
): Promise<RunChain> {
  const { config } = context.workspace;
  const configured = profile !== null && Object.hasOwn(config.escalate, profile)
    ? config.escalate[profile]
    : undefined;
  const escalate = request.escalate ?? configured ?? [];
  for (const name of new Set(escalate)) {
    await profileSettings(context, name, capabilities, "start run");
  }
  return {
    ...chosenChain(request),
    escalate: [...escalate],
    max_attempts: request.maxAttempts ?? config.max_attempts,
  };
}

/** Finds Codex and what it can do; throws an `environment` error if it is not there or of no use. */
async function codexCapabilities(
  context: FleetContext,
  action: string,
): Promise<CodexCapabilities> {
  const { workspace, caller } = context;
  await requireProgram(caller.env, "codex", action);
  const program = await findCodex(caller.env);
  if (program === null) {
    throw environmentError(`Cannot ${action}: codex is not on PATH`);
  }
  return await probeCodex(program, {
    env: caller.env,
    cacheFile: codexCacheFile(workspace),
  });
}

/** Where the capabilities of Codex are remembered. */
export function codexCacheFile(workspace: Workspace): string {
  return join(workspacePaths.cache(workspace), "codex.json");
}

/** Codex ignores a profile without a file in silence, so it is looked for here. */
async function profileSettings(
  context: FleetContext,
  name: string,
  capabilities: CodexCapabilities,
  action: string,
): Promise<ProfileSettings> {
  // The stand-in knows the three profiles of agentctl, whatever the person has.
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

function checkSandbox(sandbox: string): SandboxMode {
  const mode = SANDBOX_MODES.find((mode) => mode === sandbox);
  if (mode) return mode;
  throw usageError(
    `Cannot start run: sandbox "${sandbox}" is unknown; use ${
      SANDBOX_MODES.join(", ")
    }`,
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

/** The pane of the orchestrator that calls, which `agentctl orch` names in its environment. */
function notifyTarget(env: Record<string, string>): string | null {
  const pane = env["AGENTCTL_NOTIFY_TARGET"] ?? "";
  return /^%\d+$/.test(pane) ? pane : null;
}
