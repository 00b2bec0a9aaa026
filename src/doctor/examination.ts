import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { type GuardState, probeCodex } from "../codex/capabilities.ts";
import { codexHome } from "../codex/profiles.ts";
import { type CodexProgram, findCodex } from "../codex/program.ts";
import { workerEnvironment } from "../run/environment.ts";
import { instead } from "../system/ignore.ts";
import { once } from "../system/once.ts";
import { DEFAULT_CONFIG } from "../workspace/config.ts";
import {
  type Caller,
  locateWorkspace,
  openWorkspace,
  type Workspace,
} from "../workspace/workspace.ts";
import { stateFolder } from "../workspace/state_folder.ts";
import { type SurveyedRuns, surveyRuns } from "./survey_runs.ts";

/** The workspace, as far as it can be opened. */
export interface OpenedWorkspace {
  /** Has the default settings if its own cannot be read. */
  workspace: Workspace;
  missing: boolean;
  /** Why its settings cannot be read. */
  configError: unknown;
}

/** What all checks of a call share. */
export interface Examination extends Omit<ExaminationOptions, "workspace"> {
  /** Throws a `not_found` or `environment` error if its place cannot be determined. */
  open(): Promise<OpenedWorkspace>;
  /** Every run with its record and files. */
  runs(): Promise<SurveyedRuns>;
  /** What Codex can do; `null` if there is none. Throws an `environment` error if it does not run. */
  codex(): Promise<AskedCodex | null>;
}

/** Codex as a worker finds it. */
export interface AskedCodex {
  program: CodexProgram;
  /** The environment with which it is asked. */
  env: Record<string, string>;
  capabilities: CodexCapabilities;
  guard: GuardState;
}

export interface ExaminationOptions {
  caller: Caller;
  /** The value of `--workspace`. */
  workspace?: string;
  /** Aborted when time is up, which ends whatever a check waits for. */
  signal: AbortSignal;
  /** Whether checks may write; they remove what they wrote. */
  mayWrite: boolean;
}

/** Begins an examination; what several checks need is done once. */
export function makeExamination(options: ExaminationOptions): Examination {
  const { caller, signal, mayWrite } = options;
  const open = once(() => openAnyway(caller, options.workspace));
  const runs = once(async () => surveyRuns((await open()).workspace));
  const codex = once(() => askCodex({ caller, signal, open }));
  return { caller, signal, mayWrite, open, runs, codex };
}

async function askCodex(
  { caller, signal, open }: Pick<Examination, "caller" | "signal" | "open">,
): Promise<AskedCodex | null> {
  const program = await findCodex(caller.env);
  if (program === null) return null;
  const passthrough = await open().then(
    ({ workspace }) => workspace.config.env_passthrough,
    instead([], "the check of the workspace reports it"),
  );
  // Codex leaves helper programs in its folder, but not in a temporary one:
  // asking it changes nothing.
  const env = {
    ...workerEnvironment(caller.env, passthrough),
    TMPDIR: codexHome(caller.env),
  };
  let guard: GuardState = "unknown to this Codex";
  const capabilities = await probeCodex(program, {
    env,
    cacheFile: null,
    signal,
    onGuard: (state) => guard = state,
  });
  return { program, env, capabilities, guard };
}

/** Opens the workspace, as far as it can be opened. Throws if its place cannot be determined. */
export async function openAnyway(
  caller: Caller,
  option: string | undefined,
): Promise<OpenedWorkspace> {
  const { root, missing } = await locateWorkspace(caller, option);
  try {
    const workspace = await openWorkspace(caller, option);
    return { workspace, missing, configError: null };
  } catch (configError) {
    const workspace = {
      root,
      state: await stateFolder(root, caller.env),
      config: DEFAULT_CONFIG,
      remarks: [],
    };
    return { workspace, missing, configError };
  }
}
