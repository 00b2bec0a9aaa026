import type { CodexCapabilities } from "../codex/capability_cache.ts";
import type { GuardState } from "../codex/capabilities.ts";
import { probeAppServer } from "../codex/app_server_probe.ts";
import { lookUp, readLayers } from "../codex/grants.ts";
import { codexHome, configTrouble } from "../codex/profiles.ts";
import type { CodexProgram } from "../codex/program.ts";
import { SANDBOX_REMEDY } from "../codex/failure_rules.ts";
import { ownWords } from "../codex/own_words.ts";
import { type CommandOutput, runCommand } from "../system/command.ts";
import { requireProgram } from "../system/find_program.ts";
import { probeNamespaces } from "../system/namespaces.ts";
import { safePath } from "../system/search_path.ts";
import { reachOf } from "../system/find_program.ts";
import { checkMcpServers } from "./check_mcp_servers.ts";
import { checkProfiles } from "./check_profiles.ts";
import type { AskedCodex, Examination } from "./examination.ts";
import { type Finding, ok, problem, problemOf, warning } from "./finding.ts";
import { ignored } from "../system/ignore.ts";
import type { Workspace } from "../workspace/workspace.ts";

type Environment = Record<string, string>;

/** Codex as a worker finds it: what it can do, its config, its login, its profiles. */
export async function* checkCodex(
  { caller, signal, codex, open }: Examination,
): AsyncGenerator<Finding> {
  let asked: AskedCodex | null;
  try {
    asked = await codex();
  } catch (error) {
    return yield problemOf("codex", error, "repair or install Codex again");
  }
  if (asked === null) return yield missingCodex(caller.env);
  const { program, env, capabilities, guard } = asked;
  if (program.kind === "stand-in") {
    return yield warning(
      "codex",
      `The codex on PATH is the stand-in of "agentctl demo" (${program.path})`,
      "install Codex with npm install -g @openai/codex, or take the stand-in off PATH",
    );
  }
  yield describeCodex(program, capabilities);
  yield describeGuard(guard);
  const transport = describeTransport(asked, (await open()).workspace, signal);
  const asking = runCommand("codex", ["login", "status"], { env, signal });
  asking.catch(ignored("it is reported where the answer is awaited"));
  if (guard === "works") yield await describeChecks(env, signal);
  yield await transport;
  const trouble = await configTrouble(env, capabilities);
  const login = await asking;
  const refusal = trouble ?? loadingError(login);
  if (refusal !== null) {
    return yield problemOf("codex.config", refusal, "correct its settings");
  }
  yield ok("codex.config", `Codex can read its settings (${codexHome(env)})`);
  yield await describeLogin(login, env);
  yield* checkProfiles(capabilities, env);
  yield* checkMcpServers(caller, env, open);
}

function missingCodex(env: Environment): Finding {
  try {
    const path = requireProgram(env, "codex", "start runs");
    return problem("codex", `"${path}" cannot be read`, "correct PATH");
  } catch (error) {
    return problemOf("codex", error, "install Codex");
  }
}

function describeCodex(
  { path }: CodexProgram,
  { version, exec_flags, resume_flags }: CodexCapabilities,
): Finding {
  const lacks = [
    ...resume_flags.length === 0 ? ["codex exec resume"] : [],
    ...["--output-schema", "--sandbox", "--cd", "--profile"]
      .filter((flag) => !exec_flags.includes(flag)),
  ];
  return lacks.length === 0
    ? ok(
      "codex",
      `Codex ${version} (${path}) can do everything that agentctl needs`,
    )
    : warning(
      "codex",
      `Codex ${version} (${path}) has no ${lacks.join(", ")}`,
      "install a newer Codex; until then, runs that need these options are refused",
    );
}

function describeGuard(guard: GuardState): Finding {
  if (guard === "works") {
    return ok("codex.guard", "Workers and checks are guarded");
  }
  return guard === "no sandbox"
    ? warning(
      "codex.guard",
      "Codex's sandbox does not start, so nothing guards workers and checks",
      SANDBOX_REMEDY,
    )
    : warning(
      "codex.guard",
      "This Codex does not support permission profiles: workers are not guarded, and checks run as you",
      "install a newer Codex",
    );
}

/** How workers are driven, and why. */
async function describeTransport(
  { program, env, capabilities }: AskedCodex,
  { config }: Workspace,
  signal: AbortSignal,
): Promise<Finding> {
  const name = "codex.transport";
  const byExec =
    'Workers are driven by "codex exec", where messages wait for the end of a turn';
  if (config.transport === "exec") {
    return ok(name, `${byExec}: the settings say so`);
  }
  if (await probeAppServer(program, { env, cacheFile: null, signal })) {
    return ok(
      name,
      "Workers are driven by Codex's app-server, where messages reach the model within a turn",
    );
  }
  const why =
    `${byExec}: Codex ${capabilities.version} has no app-server that agentctl can use`;
  return config.transport === "auto"
    ? ok(name, why)
    : warning(name, why, "install a newer Codex");
}

/** What else a confined check gets of its own. */
async function describeChecks(
  env: Environment,
  signal: AbortSignal,
): Promise<Finding> {
  const name = "codex.checks";
  if (Deno.build.os !== "linux") {
    return ok(name, "Checks are confined, without a network of their own");
  }
  const { tools } = await safePath(env["PATH"] ?? "", reachOf(env));
  const { loopback, overlays, missing } = await probeNamespaces(env, {
    scratch: null,
    path: tools,
    signal,
  });
  if (loopback) {
    return ok(
      name,
      overlays
        ? "Checks are confined, with loopback and caches of their own"
        : "Checks are confined, with loopback and empty caches",
    );
  }
  const lack = "Checks that listen or connect cannot work in their confinement";
  return missing.length > 0
    ? warning(
      name,
      `${lack}: ${missing.join(", ")} cannot be found`,
      "install util-linux and iproute2",
    )
    : warning(
      name,
      `${lack}: this machine does not let you make namespaces`,
      "allow them with sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0 or the settings of the container; or use --verify-unconfined for such checks",
    );
}

function loadingError({ code, stderr }: CommandOutput): string | null {
  const words = ownWords(stderr);
  return code !== 0 && /error loading config/i.test(words) ? words : null;
}

async function describeLogin(
  { code, stdout, stderr }: CommandOutput,
  env: Environment,
): Promise<Finding> {
  if (code === 0) {
    return ok("codex.login", ownWords(stderr) || stdout.trim() || "Logged in");
  }
  if (env["CODEX_API_KEY"]) {
    return ok("codex.login", "Codex gets its key from CODEX_API_KEY");
  }
  const provider = await otherProvider(env);
  if (provider !== null) {
    return warning(
      "codex.login",
      `Codex is not logged in, which its provider "${provider}" may not need`,
      'log in with "codex login" if runs fail',
    );
  }
  const alone = env["OPENAI_API_KEY"]
    ? " (OPENAI_API_KEY alone does not count)"
    : "";
  return problem(
    "codex.login",
    "Codex is not logged in",
    `log in with "codex login", or set CODEX_API_KEY${alone}`,
  );
}

/** The `model_provider` of the config, unless it is OpenAI's. */
async function otherProvider(env: Environment): Promise<string | null> {
  const layers = await readLayers(env, null);
  const provider = lookUp(layers, ["model_provider"])?.value;
  return typeof provider === "string" && provider !== "openai"
    ? provider
    : null;
}
