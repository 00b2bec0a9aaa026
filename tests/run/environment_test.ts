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
