import { programEnvironment } from "../system/program_environment.ts";
import { withoutSecret } from "./secrets.ts";
import { tryOr } from "../system/ignore.ts";

/** Who the user is, and what their terminal can do. */
const USER_AND_TERMINAL = [
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "PATH",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TERM",
  "COLORTERM",
  "TMPDIR",
  "SSH_AUTH_SOCK",
];

/** Variables that reach a worker unchanged if the caller has them; a name may end in `*`. */
const PASSED = [
  ...USER_AND_TERMINAL,
  "NO_COLOR",
  "TEMP",
  "TMP",
  "GPG_TTY",
  // Codex, which signs in with them
  "CODEX_*",
  "OPENAI_*",
  "AZURE_OPENAI_*",
  // The network
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "FTP_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "ftp_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "AWS_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  "GIT_SSL_*",
  // git, except what points it at another repository
  "GIT_AUTHOR_*",
  "GIT_COMMITTER_*",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_SSH_VARIANT",
  "GIT_ASKPASS",
  "SSH_ASKPASS",
  "SSH_ASKPASS_REQUIRE",
  "GIT_PROXY_*",
  "GIT_HTTP_LOW_SPEED_*",
  "GIT_ALLOW_PROTOCOL",
  "GIT_PROTOCOL_FROM_USER",
  "GIT_NO_LAZY_FETCH",
  "GIT_LFS_SKIP_*",
  "GIT_EXEC_PATH",
  "GIT_CEILING_DIRECTORIES",
  "GIT_DISCOVERY_ACROSS_FILESYSTEM",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "EMAIL",
  "CI",
  "EDITOR",
  "VISUAL",
];

/** Variables that reach a worker without their secrets, such as tokens of package registries. */
const PASSED_WITHOUT_SECRETS = [
  "LC_*",
  "XDG_*",
  "PIP_*",
  // Toolchains
  "CC",
  "CXX",
  "CFLAGS",
  "CXXFLAGS",
  "LDFLAGS",
  "PKG_CONFIG_PATH",
  "MAKEFLAGS",
  "CARGO_*",
  "RUSTUP_*",
  "RUST_*",
  "RUSTC_WRAPPER",
  "JAVA_HOME",
  "JDK_*",
  "MAVEN_*",
  "GRADLE_*",
  "NODE_*",
  "NVM_*",
  "FNM_*",
  "VOLTA_*",
  "npm_config_*",
  "NPM_CONFIG_*",
  "PNPM_*",
  "YARN_*",
  "COREPACK_*",
  "BUN_*",
  "DENO_*",
  "PYENV_*",
  "PYTHON*",
  "VIRTUAL_ENV",
  "CONDA_*",
  "UV_*",
  "POETRY_*",
  "RBENV_*",
  "GEM_*",
  "BUNDLE_*",
  "ASDF_*",
  "MISE_*",
  "NIX_*",
  "ANDROID_*",
  "DOTNET_*",
  "DOCKER_*",
  // One by one, because GO* would pass Google's keys as well
  "GO111MODULE",
  "GOARCH",
  "GOBIN",
  "GOCACHE",
  "GODEBUG",
  "GOENV",
  "GOEXPERIMENT",
  "GOFLAGS",
  "GOINSECURE",
  "GOMAXPROCS",
  "GOMEMLIMIT",
  "GOMODCACHE",
  "GONOPROXY",
  "GONOSUMDB",
  "GOOS",
  "GOPATH",
  "GOPRIVATE",
  "GOPROXY",
  "GOROOT",
  "GOSUMDB",
  "GOTMPDIR",
  "GOTOOLCHAIN",
  "GOWORK",
];

/** Names that never reach a worker, whatever the config says. */
const NEVER = [
  "ANTHROPIC_*",
  "CLAUDE*",
  "AI_AGENT",
  "TMUX",
  "TMUX_PANE",
  // Variables of the Codex that may have called agentctl, not of the one it starts
  "CODEX_THREAD_ID",
  "CODEX_SANDBOX*",
  "AGENTCTL_*",
];

/**
 * Variables of the user's environment that Claude Code must not have but
 * workers get, as a JSON object: see {@linkcode programEnvironment}.
 */
const FOR_WORKERS_VARIABLE = "AGENTCTL_FOR_WORKERS";

/** Marks every process of a run, so that none is left when the run ends. */
export const RUN_ID_VARIABLE = "AGENTCTL_RUN_ID";

/**
 * Chooses which of the caller's variables reach a worker: an allow-list plus
 * `passthrough` (`env_passthrough` of the config). Credentials of package
 * registries pass only if `passthrough` names them, and variables of Claude Code
 * never.
 */
export function workerEnvironment(
  env: Record<string, string>,
  passthrough: readonly string[],
): Record<string, string> {
  const whole = [...PASSED, ...passthrough];
  return Object.fromEntries(
    Object.entries({ ...env, ...forWorkers(env) }).flatMap(([name, value]) => {
      if (isNamedBy(name, NEVER)) return [];
      if (isNamedBy(name, whole)) return [[name, value]];
      if (!isNamedBy(name, PASSED_WITHOUT_SECRETS)) return [];
      const rest = withoutSecret(name, value);
      return rest === null ? [] : [[name, rest]];
    }),
  );
}

/**
 * The environment of a program outside any sandbox that starts workers in some
 * folders: they get what it must not have.
 */
export function orchestratorEnvironment(
  env: Record<string, string>,
  folders: readonly string[],
): Record<string, string> {
  const { env: own, withheld } = programEnvironment(env, folders);
  const rest = { ...forWorkers(env), ...withheld };
  return Object.keys(rest).length === 0
    ? own
    : { ...own, [FOR_WORKERS_VARIABLE]: JSON.stringify(rest) };
}

function forWorkers(env: Record<string, string>): Record<string, string> {
  const why = "the variables that Claude Code must not have reach no worker";
  const given = env[FOR_WORKERS_VARIABLE] ?? "{}";
  return tryOr(
    () =>
      Object.fromEntries(
        Object.entries(JSON.parse(given))
          .map(([name, text]) => [name, String(text)]),
      ),
    {},
    why,
  );
}

const FOR_TMUX = [
  ...[...USER_AND_TERMINAL, "LC_*", "XDG_*", "DISPLAY", "WAYLAND_DISPLAY"],
  ...["TMUX", "TMUX_PANE", "TMUX_TMPDIR", "DENO_DIR"],
];

/** What tmux needs; a server that agentctl starts keeps its environment, so this holds no secrets. */
export function tmuxEnvironment(
  env: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => isNamedBy(name, FOR_TMUX)),
  );
}

/** Whether a variable's name matches one of the patterns, which may end in `*`. */
export function isNamedBy(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*")
      ? name.startsWith(pattern.slice(0, -1))
      : name === pattern
  );
}

/** The mark of a run's processes; see {@linkcode RUN_ID_VARIABLE}. */
export function runMark(id: string): `${string}=${string}` {
  return `${RUN_ID_VARIABLE}=${id}`;
}
