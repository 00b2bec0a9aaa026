import { isAbsolute, join } from "@std/path";
import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { keyVariable } from "../codex/key_variables.ts";
import { codexHome, configTrouble } from "../codex/profiles.ts";
import { exists, isFolder } from "../files/exists.ts";
import { workerEnvironment } from "../run/environment.ts";
import { environmentError, messageOf, usageError } from "../system/errors.ts";
import { isWithin } from "../system/real_path.ts";
import type { RunTerms } from "../task/run_terms.ts";
import type { FleetContext } from "../workspace/context.ts";

/**
 * Refuses a run that would certainly fail within its first moments, or whose check
 * would: because of Codex's settings or login, the key of the provider, the folder or the
 * program of the check. Throws a `usage` or `environment` error.
 */
export async function refuseForeseen(
  context: FleetContext,
  capabilities: CodexCapabilities,
  terms: RunTerms,
): Promise<void> {
  await requireReadable(terms.project.path);
  await requireCheck(context, terms);
  // The stand-in reads no settings.
  if (!capabilities.stand_in) {
    await requireSettings(context, capabilities);
    for (const profile of new Set([terms.profile, ...terms.escalate])) {
      await requireKey(context, profile);
    }
    await requireLogin(context, terms.profile);
  }
}

async function requireReadable(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      await Deno.lstat(join(folder, name)).catch((error) => {
        // It may be gone by now.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      return;
    }
  } catch (error) {
    throw environmentError(
      `Cannot start run: folder "${folder}" cannot be read (${
        messageOf(error)
      }); choose another one with --project`,
      error,
    );
  }
}

async function requireSettings(
  { caller: { env } }: FleetContext,
  capabilities: CodexCapabilities,
): Promise<void> {
  // Codex is started in another folder.
  if (env["CODEX_HOME"] && !isAbsolute(env["CODEX_HOME"])) {
    throw environmentError(
      `Cannot start run: CODEX_HOME "${
        env["CODEX_HOME"]
      }" is not an absolute path; give one, or unset CODEX_HOME`,
    );
  }
  // Codex makes only its usual folder itself.
  if (env["CODEX_HOME"] && !await isFolder(codexHome(env))) {
    throw environmentError(
      `Cannot start run: CODEX_HOME "${
        codexHome(env)
      }" is not a folder; make it, or unset CODEX_HOME`,
    );
  }
  const trouble = await configTrouble(env, capabilities);
  if (trouble !== null) throw environmentError(`Cannot start run: ${trouble}`);
}

/** Throws if the worker would not get the key of its provider. */
async function requireKey(
  { caller, workspace }: FleetContext,
  profile: string | null,
): Promise<void> {
  const key = await keyVariable(caller.env, profile);
  if (key === null) return;
  const { provider, variable } = key;
  const passed = workerEnvironment(
    caller.env,
    workspace.config.env_passthrough,
  );
  if (passed[variable]?.trim()) return;
  const remedy = caller.env[variable]?.trim()
    ? "workers do not get it; add it to env_passthrough in the settings"
    : "it is not set; set it where you call agentctl";
  throw environmentError(
    `Cannot start run: provider "${provider}" of Codex needs the variable ${variable}, but ${remedy}`,
  );
}

/** Throws if Codex has no login for the worker, which would fail with it after many attempts. */
async function requireLogin(
  { caller: { env }, workspace }: FleetContext,
  profile: string | null,
): Promise<void> {
  // Nearly always it is there, and nothing else has to be looked at.
  if (await exists(join(codexHome(env), "auth.json"))) return;
  const { isLoggedOut } = await import("../codex/login.ts");
  const workers = workerEnvironment(env, workspace.config.env_passthrough);
  if (!await isLoggedOut(env, workers, profile)) return;
  throw environmentError(
    'Cannot start run: Codex is not logged in; log in with "codex login", or set CODEX_API_KEY',
  );
}

/** Throws if the check is a single call of a program that is not there. */
async function requireCheck(
  { caller: { env } }: FleetContext,
  { verify, project }: RunTerms,
): Promise<void> {
  // A set-up may install it.
  if (verify === null || project.setup !== null) return;
  const program = onlyProgram(verify);
  if (program === null) return;
  for (const folder of (env["PATH"] ?? "").split(":")) {
    // The worker may make it there.
    if (!isAbsolute(folder) || isWithin(folder, project.path)) return;
    if (await exists(join(folder, program))) return;
  }
  throw usageError(
    `Cannot start run: the check needs program "${program}", which is not on PATH; correct --verify, or install it`,
  );
}

/** The program of a command that is a single call of one on PATH; `null` for what only a shell understands. */
function onlyProgram(command: string): string | null {
  const word = /^\s*([A-Za-z0-9_][\w.+-]*)(?:[ \t][^|&;<>()`$#\n]*)?\s*$/
    .exec(command)?.[1];
  return word === undefined || SHELL_WORDS.has(word) ? null : word;
}

/** What `/bin/sh` does itself, in dash, bash and others. */
const SHELL_WORDS = new Set(
  `alias bg bind break builtin caller case cd chdir command compgen complete continue
  coproc declare dirs disown do done echo elif else enable esac eval exec exit export
  false fc fg fi for function getopts hash help history if in jobs kill let local logout
  mapfile popd printf pushd pwd read readarray readonly return select set shift shopt
  source suspend test then time times trap true type typeset ulimit umask unalias unset
  until wait while`.split(/\s+/),
);
