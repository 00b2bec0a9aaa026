import { assertEquals, assertThrows } from "@std/assert";
import type { CodexCapabilities } from "../../src/codex/capability_cache.ts";
import { buildArgv, type WorkerRequest } from "../../src/codex/command_line.ts";
import { AgentctlError } from "../../src/system/errors.ts";

const THREAD = "01999999-0000-7000-8000-000000000000";

const TODAY: CodexCapabilities = {
  version: "0.169.0",
  stand_in: false,
  exec_flags: [
    ...[
      "-c",
      "--config",
      "--json",
      "--color",
      "-p",
      "--profile",
      "-m",
      "--model",
      "-s",
    ],
    ...["--sandbox", "-C", "--cd", "--output-schema", "-o"],
    ...["--output-last-message", "--thread-source", "--ephemeral"],
    "--skip-git-repo-check",
  ],
  resume_flags: ["--json", "--last"],
  sandbox_modes: ["read-only", "workspace-write", "danger-full-access"],
  profiles: "files",
  permission_profiles: true,
};

const REQUEST: WorkerRequest = {
  cwd: "/project",
  worktree: null,
  profile: "spark",
  model: null,
  sandbox: "workspace-write",
  guard: null,
  distrusted: [],
  mcpSettings: [],
  commandVariables: {},
  schemaFile: "/run/schema.json",
  outputFile: "/run/output.json",
  threadSource: "agentctl:1",
  instructions: null,
  ephemeral: false,
  skipGitCheck: false,
  approve: "never",
  resumeThreadId: null,
};

function without(...flags: string[]): CodexCapabilities {
  return {
    ...TODAY,
    exec_flags: TODAY.exec_flags.filter((flag) => !flags.includes(flag)),
  };
}

function assertRefused(
  capabilities: CodexCapabilities,
  request: Partial<WorkerRequest>,
  code: "environment" | "usage",
  ...words: string[]
) {
  for (const word of words) {
    const error = assertThrows(
      () => buildArgv(capabilities, { ...REQUEST, ...request }),
      AgentctlError,
      word,
    );
    assertEquals(error.code, code);
  }
}

Deno.test("buildArgv() asks for a new thread with the prompt on stdin", () => {
  assertEquals(buildArgv(TODAY, REQUEST), [
    ...["exec", "--json", "--color", "never", "-c", "notify=[]"],
    ...["-p", "spark"],
    ...["-s", "workspace-write", "-C", "/project"],
    ...["--output-schema", "/run/schema.json", "-o", "/run/output.json"],
    ...["--thread-source", "agentctl:1", "-"],
  ]);
});

Deno.test("buildArgv() puts all options before resume", () => {
  const request = {
    ...REQUEST,
    model: "gpt-5.5",
    ephemeral: true,
    skipGitCheck: true,
    resumeThreadId: THREAD,
  };
  assertEquals(buildArgv(TODAY, request), [
    ...["exec", "--json", "--color", "never", "-c", "notify=[]"],
    ...["-p", "spark", "-m", "gpt-5.5"],
    ...["-s", "workspace-write", "-C", "/project", "--skip-git-repo-check"],
    ...["--ephemeral", "--output-schema", "/run/schema.json"],
    ...["-o", "/run/output.json", "resume", THREAD, "-"],
  ]);
});

Deno.test("buildArgv() leaves out what was not asked for", () => {
  const argv = buildArgv(TODAY, {
    ...REQUEST,
    profile: null,
    sandbox: null,
    schemaFile: null,
    outputFile: null,
    threadSource: null,
  });
  assertEquals(argv, [
    "exec",
    "--json",
    "--color",
    "never",
    "-c",
    "notify=[]",
    "-C",
    "/project",
    "-",
  ]);
});

Deno.test("buildArgv() leaves out the extras that the binary lacks", () => {
  const old = without(
    "-c",
    "--config",
    "--color",
    "--thread-source",
    "-o",
    "--output-last-message",
  );
  assertEquals(buildArgv(old, REQUEST), [
    ...["exec", "--json", "-p", "spark", "-s", "workspace-write"],
    ...["-C", "/project", "--output-schema", "/run/schema.json", "-"],
  ]);
});

Deno.test("buildArgv() takes the spelling that the binary knows", () => {
  const argv = buildArgv(without("-C", "-p", "-s", "-o"), REQUEST);
  assertEquals(
    argv.filter((word) => word.startsWith("--") && word !== "--json"),
    [
      ...["--color", "--profile", "--sandbox", "--cd", "--output-schema"],
      ...["--output-last-message", "--thread-source"],
    ],
  );
});

Deno.test("buildArgv() refuses what the binary cannot do and names flag and version", () => {
  assertRefused(
    without("--ephemeral"),
    { ephemeral: true },
    "environment",
    "--ephemeral",
    "0.169.0",
  );
  assertRefused(without("-C", "--cd"), {}, "environment", "--cd", "0.169.0");
  assertRefused(
    without("--output-schema"),
    {},
    "environment",
    "--output-schema",
  );
  assertRefused(
    without("-m", "--model"),
    { model: "x" },
    "environment",
    "--model",
  );
  assertRefused(without("-s", "--sandbox"), {}, "environment", "--sandbox");
  assertRefused(
    without("--skip-git-repo-check"),
    { skipGitCheck: true },
    "environment",
    "--skip-git-repo-check",
  );
  assertRefused(
    { ...TODAY, profiles: "none" },
    {},
    "environment",
    "--profile",
    "0.169.0",
  );
  assertRefused(
    { ...TODAY, resume_flags: [] },
    { resumeThreadId: THREAD },
    "environment",
    "exec resume",
    "0.169.0",
  );
  assertRefused(
    { ...TODAY, sandbox_modes: ["read-only"] },
    {},
    "environment",
    '"workspace-write"',
    "takes read-only",
    "0.169.0",
  );
});

Deno.test("buildArgv() refuses values that Codex would misunderstand", () => {
  assertRefused(TODAY, { resumeThreadId: "last" }, "usage", "UUID");
  assertRefused(TODAY, { resumeThreadId: "--last" }, "usage", "UUID");
  assertRefused(TODAY, { model: "--oss" }, "usage", '"--oss"');
  assertRefused(TODAY, { model: "" }, "usage", "empty");
  assertRefused(TODAY, { profile: "../x" }, "usage", '"../x"');
});

Deno.test("buildArgv() gives instructions as a string of TOML", () => {
  const instructions = 'Say "hi"\nand \\ end';
  const argv = buildArgv(TODAY, { ...REQUEST, instructions });
  assertEquals(
    argv[argv.lastIndexOf("-c") + 1],
    'developer_instructions="Say \\"hi\\"\\nand \\\\ end"',
  );
});
