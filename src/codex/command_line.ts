import { environmentError, usageError } from "../system/errors.ts";
import type { CodexCapabilities } from "./capability_cache.ts";
import { chooseGuardArgs, type GuardPlan, tomlString } from "./guard.ts";
import { checkProfileName } from "./profiles.ts";
import type { SandboxMode } from "./sandbox_modes.ts";

/** What a run needs from Codex; the prompt comes on stdin. */
export interface WorkerRequest {
  cwd: string;
  /** The repository of its worktree, if it has one. */
  worktree: { repository: string } | null;
  profile: string | null;
  model: string | null;
  /** Without a sandbox Codex decides, depending on whether its config knows the folder. */
  sandbox: SandboxMode | null;
  /** The permission profile that replaces `sandbox`; `null` for none. */
  guard: GuardPlan | null;
  /** Absolute paths of folders whose configuration Codex must ignore; this does not extend to the folders in them. */
  distrusted: readonly string[];
  /** Settings that decide which MCP servers run, as `key=value`. */
  mcpSettings: readonly string[];
  /** Variables that the worker's commands get and Codex itself does not. */
  commandVariables: Record<string, string>;
  /** Absolute, because Codex resolves it from its own folder, not from `cwd`. */
  schemaFile: string | null;
  /** Absolute, like `schemaFile`. */
  outputFile: string | null;
  /** Whether the user is asked to approve what leads out of the sandbox, if Codex can ask. */
  approve: "never" | "ask";
  threadSource: string | null;
  /** What the worker is told besides its prompt, which stays unchanged. */
  instructions: string | null;
  ephemeral: boolean;
  skipGitCheck: boolean;
  resumeThreadId: string | null;
}

/**
 * Codex starts the user's `notify` program after each turn and does not wait for
 * it: the end of the run would kill it halfway. It is for somebody at a terminal;
 * the end of a run has notifications of agentctl's own.
 */
const WITHOUT_NOTIFY = "notify=[]";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The arguments of `codex` for a worker. It uses only flags that the binary has; a
 * request that it cannot honour is an `environment` error that names the flag,
 * and an invalid one is a `usage` error. All options come before `resume`,
 * which refuses most of them after it, and Codex remembers none of the earlier
 * turn, so a resumed thread gets all of them again.
 */
export function buildArgv(
  capabilities: CodexCapabilities,
  request: WorkerRequest,
): string[] {
  const argv = ["exec"];
  /** Adds the first spelling that the binary knows; the flag is optional unless a reason for needing it is given. */
  const add = (spellings: string[], value: string | null, need?: string) => {
    const flag = spellings.find((spelling) =>
      capabilities.exec_flags.includes(spelling)
    );
    if (flag !== undefined) argv.push(flag, ...(value === null ? [] : [value]));
    else if (need !== undefined) {
      throw missing(capabilities, spellings.at(-1) ?? "", need);
    }
  };

  const set = (setting: string) => add(["-c", "--config"], setting);

  add(["--json"], null, "follow a worker");
  add(["--color"], "never");
  settingsFor(request).forEach(set);
  if (request.profile !== null) {
    checkProfileName(request.profile);
    const need = `use profile "${request.profile}"`;
    if (capabilities.profiles === "none") {
      throw missing(capabilities, "--profile", need);
    }
    add(["-p", "--profile"], request.profile, need);
  }
  if (request.model !== null) {
    checkValue("model", request.model);
    add(["-m", "--model"], request.model, `use model "${request.model}"`);
  }
  if (request.guard !== null) {
    argv.push(...chooseGuardArgs(request.guard));
  } else if (request.sandbox !== null) {
    checkSandbox(capabilities, request.sandbox);
    add(
      ["-s", "--sandbox"],
      request.sandbox,
      `use sandbox "${request.sandbox}"`,
    );
  }
  add(["-C", "--cd"], request.cwd, `work in "${request.cwd}"`);
  if (request.skipGitCheck) {
    add(["--skip-git-repo-check"], null, "work outside a git repository");
  }
  if (request.ephemeral) {
    add(["--ephemeral"], null, "run without keeping the session");
  }
  if (request.schemaFile !== null) {
    add(
      ["--output-schema"],
      request.schemaFile,
      "ask for a result in a fixed form",
    );
  }
  if (request.outputFile !== null) {
    add(["-o", "--output-last-message"], request.outputFile);
  }
  if (request.resumeThreadId === null) {
    // Only a new thread takes a source.
    if (request.threadSource !== null) {
      add(["--thread-source"], request.threadSource);
    }
    return [...argv, "-"];
  }
  checkResume(capabilities, request.resumeThreadId);
  return [...argv, "resume", request.resumeThreadId, "-"];
}

/** The settings, as `key=value`, that Codex gets however it is driven. */
export function settingsFor(request: WorkerRequest): string[] {
  // Codex asks about each folder that has settings, then about the repository.
  const projects = request.distrusted.map((folder) =>
    `${tomlString(folder)}={trust_level="untrusted"}`
  );
  const variables = Object.entries(request.commandVariables);
  return [
    WITHOUT_NOTIFY,
    ...projects.length === 0 ? [] : [`projects={${projects.join(",")}}`],
    ...request.mcpSettings,
    ...variables.map(([name, value]) =>
      `shell_environment_policy.set.${name}=${tomlString(value)}`
    ),
    ...request.instructions === null
      ? []
      : [`developer_instructions=${tomlString(request.instructions)}`],
  ];
}

function checkSandbox(
  capabilities: CodexCapabilities,
  mode: SandboxMode,
): void {
  const modes = capabilities.sandbox_modes;
  if (modes.length === 0 || modes.includes(mode)) return;
  throw environmentError(
    `Cannot use sandbox "${mode}": --sandbox of Codex ${capabilities.version} takes ${
      modes.join(", ")
    }`,
  );
}

/** An id that is not a UUID makes Codex silently start a new thread; the stand-in has ids of its own. */
function checkResume(capabilities: CodexCapabilities, threadId: string): void {
  if (capabilities.resume_flags.length === 0) {
    throw missing(capabilities, "exec resume", `continue thread "${threadId}"`);
  }
  if (!capabilities.stand_in && !UUID.test(threadId)) {
    throw usageError(
      `Cannot continue thread ${
        JSON.stringify(threadId)
      }: a thread id is a UUID`,
    );
  }
  checkValue("thread", threadId);
}

/** A value that looks like a flag would be taken for one. */
function checkValue(what: string, value: string): void {
  if (value !== "" && !value.startsWith("-")) return;
  throw usageError(
    `Cannot use ${what} ${
      JSON.stringify(value)
    }: a ${what} must not be empty or begin with "-"`,
  );
}

function missing(
  capabilities: CodexCapabilities,
  flag: string,
  purpose: string,
): Error {
  return environmentError(
    `Cannot ${purpose}: Codex ${capabilities.version} has no ${flag}; install a newer Codex`,
  );
}
