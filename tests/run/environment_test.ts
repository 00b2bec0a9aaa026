import { assertEquals } from "@std/assert";
import {
  tmuxEnvironment,
  workerEnvironment,
} from "../../src/run/environment.ts";

const SECRET = {
  ANTHROPIC_API_KEY: "x",
  ANTHROPIC_BASE_URL: "x",
  CLAUDECODE: "1",
  CLAUDE_CODE_ENTRYPOINT: "cli",
  CLAUDE_CONFIG_DIR: "x",
};

Deno.test("workerEnvironment() passes what a worker needs and nothing else", () => {
  const wanted = {
    HOME: "/home/me",
    PATH: "/bin",
    LANG: "C.UTF-8",
    LC_ALL: "C",
    CODEX_HOME: "/home/me/.codex",
    CODEX_API_KEY: "k",
    OPENAI_API_KEY: "k",
    https_proxy: "http://proxy",
    GOPATH: "/go",
    CARGO_HOME: "/cargo",
    SSH_AUTH_SOCK: "/agent",
    EMPTY_: undefined,
  };
  const unwanted = {
    AWS_SECRET_ACCESS_KEY: "x",
    GITHUB_TOKEN: "x",
    GOOGLE_API_KEY: "x",
    DATABASE_URL: "x",
    GIT_DIR: "/elsewhere",
    GIT_INDEX_FILE: "/elsewhere",
    TMUX: "/socket,1,0",
    TMUX_PANE: "%1",
    CODEX_THREAD_ID: "of the caller",
    CODEX_SANDBOX_NETWORK_DISABLED: "1",
    AGENTCTL_RUN_ID: "of the caller",
    XHOME: "x",
    home: "x",
    ...SECRET,
  };
  const { EMPTY_: _, ...passed } = wanted;
  assertEquals(workerEnvironment({ ...unwanted, ...passed }, []), passed);
});

Deno.test("workerEnvironment() passes names of the config, also by their beginning", () => {
  const env = { MY_TOKEN: "1", COMPANY_A: "2", COMPANY_: "3", COMPAN: "4" };
  assertEquals(workerEnvironment(env, ["MY_TOKEN", "COMPANY_*"]), {
    MY_TOKEN: "1",
    COMPANY_A: "2",
    COMPANY_: "3",
  });
  assertEquals(workerEnvironment({ MY_TOKEN_2: "x" }, ["MY_TOKEN"]), {});
});

Deno.test("workerEnvironment() never passes what belongs to Claude Code, whatever the config says", () => {
  const passthrough = [
    ...Object.keys(SECRET),
    ...["ANTHROPIC_*", "CLAUDE*", "A*", "C*", "T*"],
  ];
  const env = { ...SECRET, TMUX: "x", CODEX_THREAD_ID: "x" };
  assertEquals(workerEnvironment(env, passthrough), {});
});

Deno.test("tmuxEnvironment() holds what tmux needs and no keys", () => {
  const kept = { HOME: "/h", PATH: "/bin", TMUX: "s,1,0", TMUX_PANE: "%1" };
  const env = { ...kept, ...SECRET, OPENAI_API_KEY: "k", CODEX_API_KEY: "k" };
  assertEquals(tmuxEnvironment(env), kept);
});

/** Variables that let somebody in at a registry, as tools name them and as they do not. */
const TOKENS: Record<string, string> = {
  NODE_AUTH_TOKEN: "abc",
  npm_config__authToken: "abc",
  npm_config__auth: "dXNlcjpwdw==",
  npm_config__password: "abc",
  "npm_config_//registry.example.org/:_authToken": "abc",
  "npm_config_//registry.example.org/:_auth": "abc",
  NPM_CONFIG__AUTHTOKEN: "abc",
  npm_config_otp: "123456",
  npm_config_key: "abc",
  YARN_NPM_AUTH_TOKEN: "abc",
  YARN_NPM_AUTH_IDENT: "user:abc",
  PNPM_REGISTRY_TOKEN: "abc",
  COREPACK_NPM_TOKEN: "abc",
  COREPACK_NPM_PASSWORD: "abc",
  BUN_AUTH_TOKEN: "abc",
  DENO_AUTH_TOKENS: "abc@deno.land",
  PIP_PASSWORD: "abc",
  UV_PUBLISH_TOKEN: "abc",
  UV_INDEX_INTERNAL_PASSWORD: "abc",
  POETRY_PYPI_TOKEN_PYPI: "abc",
  POETRY_HTTP_BASIC_FOO_PASSWORD: "abc",
  CONDA_TOKEN: "abc",
  CARGO_REGISTRY_TOKEN: "abc",
  CARGO_REGISTRIES_CORP_TOKEN: "abc",
  CARGO_REGISTRIES_CORP_SECRET_KEY: "abc",
  GEM_HOST_API_KEY: "abc",
  BUNDLE_GEMS__CORP__EXAMPLE: "user:abc",
  BUNDLE_RUBYGEMS__PKG__GITHUB__COM: "user:abc",
  MAVEN_PASSWORD: "abc",
  MAVEN_GPG_PASSPHRASE: "abc",
  MAVEN_REPO_PASS: "abc",
  MAVEN_OPTS: "-Xmx1g -Drepo.password=abc",
  GRADLE_PUBLISH_KEY: "abc",
  GRADLE_OPTS: "-Dorg.gradle.project.signingPassword=abc",
  GRADLE_ENTERPRISE_ACCESS_KEY: "abc",
  DOTNET_FEED_PAT: "abc",
  DOTNET_NUGET_API_KEY: "abc",
  DOCKER_AUTH_CONFIG: '{"auths":{}}',
  DOCKER_PASSWORD: "abc",
  ANDROID_KEYSTORE_PASSWORD: "abc",
  NIX_CONFIG: "access-tokens = github.com=abc",
  MISE_GITHUB_TOKEN: "abc",
  ASDF_GITHUB_JWT: "abc",
  NODE_REGISTRY_COOKIE: "abc",
  PYTHON_INDEX_CREDENTIALS: "abc",
  // Nothing in the name says so
  PIP_EXTRA: "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMA",
  CARGO_CORP: "ghp_0123456789abcdefABCDEF0123456789abcd",
  YARN_CORP: "npm_0123456789abcdefABCDEF0123456789abcd",
  LC_DEPLOY: "glpat-0123456789abcdefABCD",
  GOFLAGS: "-ldflags=-Xmain.token=abc",
  // Not passed at all
  GH_TOKEN: "abc",
  GITHUB_TOKEN: "abc",
  TWINE_PASSWORD: "abc",
  NUGET_API_KEY: "abc",
  JFROG_ACCESS_TOKEN: "abc",
  ARTIFACTORY_API_KEY: "abc",
  CODEARTIFACT_AUTH_TOKEN: "abc",
  AWS_SESSION_TOKEN: "abc",
};

/** What tools are set up by, and is nobody's secret. */
const ORDINARY: Record<string, string> = {
  npm_config_registry: "https://registry.example.org/",
  npm_config_user_agent: "npm/10 node/v22 linux x64",
  npm_config_init_author_name: "Ada",
  npm_config_always_auth: "true",
  npm_config_userconfig: "/home/me/.npmrc",
  npm_config_https_proxy: "http://me:pw@proxy.example.org:3128",
  NODE_OPTIONS: "--max-old-space-size=4096",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  PYTHONPATH: "/a:/b",
  PIP_INDEX_URL: "https://pypi.example.org/simple",
  UV_KEYRING_PROVIDER: "subprocess",
  POETRY_VIRTUALENVS_IN_PROJECT: "true",
  CARGO_HOME: "/cargo",
  CARGO_REGISTRIES_CORP_INDEX: "sparse+https://cargo.example.org/index/",
  CARGO_NET_GIT_FETCH_WITH_CLI: "true",
  GOPROXY: "https://proxy.golang.org,direct",
  GRADLE_OPTS: "-Xmx2g -Dorg.gradle.daemon=false",
  MAVEN_OPTS: "-Xmx2g",
  BUNDLE_PATH: "/gems",
  BUNDLE_BUILD__NOKOGIRI: "--use-system-libraries",
  BUNDLE_PATH__SYSTEM: "true",
  GEM_HOME: "/gems",
  DOCKER_HOST: "unix:///run/docker.sock",
  ANDROID_HOME: "/android",
  XDG_CONFIG_HOME: "/home/me/.config",
  LC_ALL: "C.UTF-8",
  SSH_AUTH_SOCK: "/agent",
  GIT_SSH_COMMAND: "ssh -i ~/.ssh/deploy_key -o StrictHostKeyChecking=no",
  GIT_SSH_VARIANT: "simple",
  GIT_ASKPASS: "/usr/lib/ask",
  GIT_LFS_SKIP_SMUDGE: "1",
  HTTPS_PROXY: "http://me:pw@proxy.example.org:3128",
  CODEX_API_KEY: "sk-0123456789abcdefABCDEF",
  AZURE_OPENAI_API_KEY: "abc",
};

Deno.test("workerEnvironment() keeps tokens of registries from a worker, whatever they are called, unless they are named", () => {
  for (const [name, value] of Object.entries(TOKENS)) {
    assertEquals(workerEnvironment({ [name]: value }, []), {}, name);
    assertEquals(workerEnvironment({ [name]: value }, [name]), {
      [name]: value,
    });
  }
  assertEquals(workerEnvironment(ORDINARY, []), ORDINARY);
});

Deno.test("workerEnvironment() takes user and password out of addresses of registries, and the address stays", () => {
  const env = {
    PIP_INDEX_URL: "https://me:p%40w@pypi.example.org/simple",
    PIP_EXTRA_INDEX_URL: "https://tok@a.example.org/x http://b.example.org/y",
    UV_DEFAULT_INDEX: "https://__token__:abc@uv.example.org",
    GOPROXY: "https://me:a@b@go.example.org,direct",
    npm_config_registry: "https://me:pw@npm.example.org/",
    BUNDLE_MIRROR__ALL: "https://me:pw@gems.example.org",
    CARGO_REGISTRIES_CORP_INDEX: "ssh://git@cargo.example.org/index.git",
  };
  const passed = {
    PIP_INDEX_URL: "https://pypi.example.org/simple",
    PIP_EXTRA_INDEX_URL: "https://a.example.org/x http://b.example.org/y",
    UV_DEFAULT_INDEX: "https://uv.example.org",
    GOPROXY: "https://go.example.org,direct",
    npm_config_registry: "https://npm.example.org/",
    BUNDLE_MIRROR__ALL: "https://gems.example.org",
    CARGO_REGISTRIES_CORP_INDEX: "ssh://git@cargo.example.org/index.git",
  };
  assertEquals(workerEnvironment(env, []), passed);
  assertEquals(workerEnvironment(env, ["PIP_*"]), {
    ...passed,
    PIP_INDEX_URL: env.PIP_INDEX_URL,
    PIP_EXTRA_INDEX_URL: env.PIP_EXTRA_INDEX_URL,
  });
});
