import { type CommandOutput, runCommand } from "../system/command.ts";
import { environmentError } from "../system/errors.ts";
import {
  type CodexCapabilities,
  lockCache,
  readCache,
  writeCache,
} from "./capability_cache.ts";
import { quoteCodex } from "./own_words.ts";
import {
  helpFlags,
  helpHasUsage,
  optionHelp,
  possibleValues,
  refusesCommandLine,
} from "./help_text.ts";
import { makeTemporaryFolder } from "../files/temporary_folder.ts";
import type { CodexProgram } from "./program.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { instead } from "../system/ignore.ts";

/** A busy machine is slow, and that is no reason to refuse a run. */
const PROBE_TIMEOUT_MS = 60_000;

const PROBE_WORD = "guarded";

/** Older versions do not know the option, or refuse what the profile extends. This profile may write nothing. */
const PERMISSION_PROBE = [
  "sandbox",
  "-P",
  "agentctl-probe",
  "-c",
  'permissions.agentctl-probe={extends=":read-only",filesystem={":workspace_roots"={".claude"="read"}},network={enabled=false}}',
  "-C",
  "/",
  "--",
  "echo",
  PROBE_WORD,
];

/** What the stand-in supports: everything that agentctl ever uses. */
const STAND_IN: CodexCapabilities = {
  version: "agentctl stand-in",
  stand_in: true,
  exec_flags: [
    "--json",
    "--color",
    "-m",
    "--model",
    "-p",
    "--profile",
    "-s",
    "--sandbox",
    "-C",
    "--cd",
    "--output-schema",
    "-o",
    "--output-last-message",
    "--thread-source",
    "--ephemeral",
    "--skip-git-repo-check",
    "-h",
    "--help",
  ],
  resume_flags: ["--json", "--last", "-m", "--model", "-h", "--help"],
  sandbox_modes: ["read-only", "workspace-write", "danger-full-access"],
  profiles: "files",
  permission_profiles: false,
};

export interface ProbeOptions {
  env: Record<string, string>;
  /** A JSON file that caches the answer by the program's key; `null` caches nothing. */
  cacheFile: string | null;
  signal?: AbortSignal;
  /** Called with whether a guard works on this machine, unless that is cached. */
  onGuard?: (state: GuardState) => void;
}

/** `no sandbox`: Codex supports a guard, but cannot start its sandbox here. */
export type GuardState = "works" | "no sandbox" | "unknown to this Codex";

/**
 * Asks a Codex what it can do, or uses the cached answer. Codex's flags change within
 * months, so they are read from its help and never assumed. Throws an `environment`
 * error, with Codex's own words, if it does not run or lacks what agentctl needs.
 */
export async function probeCodex(
  program: CodexProgram,
  options: ProbeOptions,
): Promise<CodexCapabilities> {
  if (program.kind === "stand-in") return structuredClone(STAND_IN);
  const { cacheFile } = options;
  if (cacheFile === null || program.key === "") {
    return (await askCodex(program, options)).capabilities;
  }
  const known = (await readCache(cacheFile))[program.key];
  if (known) return known;
  // Ten runs that start at once would ask fifty times, which takes a busy machine minutes.
  using _lock = await lockCache(cacheFile);
  const cache = await readCache(cacheFile);
  const found = cache[program.key];
  if (found) return found;
  const { capabilities, isCertain } = await askCodex(program, options);
  if (isCertain) {
    await writeCache(cacheFile, { ...cache, [program.key]: capabilities });
  }
  return capabilities;
}

async function askCodex(
  program: CodexProgram,
  options: ProbeOptions,
): Promise<{ capabilities: CodexCapabilities; isCertain: boolean }> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), PROBE_TIMEOUT_MS);
  // Whoever gives a signal decides how long is too long.
  const signal = options.signal ?? timeout.signal;
  try {
    const ask = (...args: string[]) =>
      runCommand("codex", args, { env: options.env, signal });
    const [version, exec, resume, sandbox] = await Promise.all([
      ask("--version"),
      ask("exec", "--help"),
      ask("exec", "resume", "--help"),
      inEmptyHome(
        options.env,
        (env) => runCommand("codex", PERMISSION_PROBE, { env, signal }),
      ),
    ]);
    options.signal?.throwIfAborted();
    if (signal.aborted) {
      throw environmentError(
        `Cannot probe ${program.path}: it did not answer within ${
          PROBE_TIMEOUT_MS / 1000
        } seconds; try "codex --version"`,
      );
    }
    const capabilities = readAnswers(program, version, exec, resume, sandbox);
    options.onGuard?.(
      !capabilities.permission_profiles
        ? "unknown to this Codex"
        : sandbox.code === 0
        ? "works"
        : "no sandbox",
    );
    const isCertain = capabilities.permission_profiles ||
      sandbox.code === 0 || refusesCommandLine(sandbox);
    return { capabilities, isCertain };
  } finally {
    clearTimeout(timer);
  }
}

/** The user's configuration must not affect what Codex can do, because the answer is cached. */
async function inEmptyHome<T>(
  env: Record<string, string>,
  action: (env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const home = await makeTemporaryFolder(env, "probe").catch(
    instead(
      null,
      "commands that may only read ask Codex with the user's folder",
    ),
  );
  // Commands that may only read ask with the user's.
  if (home === null) return await action(env);
  try {
    // Codex's sandbox leaves notes in the temporary folder, too.
    return await action({ ...env, CODEX_HOME: home, TMPDIR: home });
  } finally {
    await removeQuietly(home, { recursive: true });
  }
}

function readAnswers(
  program: CodexProgram,
  version: CommandOutput,
  exec: CommandOutput,
  resume: CommandOutput,
  sandbox: CommandOutput,
): CodexCapabilities {
  const name = /\d+\.\d+\.\d+\S*/.exec(version.stdout)?.[0];
  if (version.code !== 0 || name === undefined) {
    throw environmentError(
      `Cannot run ${program.path}: "codex --version" ended with exit code ${version.code}${
        quoteCodex(version.stderr || version.stdout)
      }; repair the installation of Codex`,
    );
  }
  if (exec.code !== 0 || !helpHasUsage(exec.stdout, "exec")) {
    throw environmentError(
      `Cannot use Codex ${name} (${program.path}): it has no "codex exec"${
        quoteCodex(exec.stderr)
      }; install a newer Codex`,
    );
  }
  const flags = helpFlags(exec.stdout);
  if (!flags.includes("--json")) {
    throw environmentError(
      `Cannot use Codex ${name} (${program.path}): its "codex exec" has no --json; install a newer Codex`,
    );
  }
  const canResume = resume.code === 0 &&
    helpHasUsage(resume.stdout, "exec resume");
  return {
    version: name,
    stand_in: false,
    exec_flags: flags,
    resume_flags: canResume ? helpFlags(resume.stdout) : [],
    sandbox_modes: possibleValues(optionHelp(exec.stdout, "--sandbox")),
    profiles: profileKind(optionHelp(exec.stdout, "--profile")),
    permission_profiles: takesPermissions(sandbox),
  };
}

/**
 * Whether the profile of {@linkcode PERMISSION_PROBE} was understood. If the sandbox
 * itself cannot start, that is not the profile's fault.
 */
function takesPermissions({ code, stdout, stderr }: CommandOutput): boolean {
  return code === 0
    ? stdout.trim() === PROBE_WORD
    : /\b(?:bwrap|bubblewrap|sandbox-exec)\b/.test(stderr);
}

/** 0.133 still reads tables with `--profile` although it knows files with another flag, so the help decides. */
function profileKind(help: string): CodexCapabilities["profiles"] {
  if (help === "") return "none";
  return /\.config\.toml|_V2>/.test(help) ? "files" : "tables";
}
