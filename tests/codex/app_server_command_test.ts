import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import {
  appServerCommand,
  NotForAppServer,
} from "../../src/codex/app_server_command.ts";
import type { WorkerRequest } from "../../src/codex/command_line.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

interface Files {
  config?: string;
  profile?: string;
  /** The settings of the project. */
  project?: string;
  /** Settings above the project's repository. */
  above?: string;
}

/** What app-server is told as settings, with CODEX_HOME as `.codex` of the folder above the project. */
async function settingsWith(
  files: Files,
  changes: Partial<WorkerRequest> = {},
): Promise<string[]> {
  await using folder = await temporaryFolder();
  const home = join(folder.path, ".codex");
  const project = join(folder.path, "between", "project");
  const write = async (path: string, text = "") => {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, text.replaceAll("PROJECT", project));
  };
  await write(join(home, "config.toml"), files.config);
  await write(join(home, "spark.config.toml"), files.profile);
  await write(join(project, ".git", "HEAD"));
  if (files.project !== undefined) {
    await write(join(project, ".codex", "config.toml"), files.project);
  }
  if (files.above !== undefined) {
    await write(join(project, "../.codex/config.toml"), files.above);
  }
  const { argv } = await appServerCommand({
    cwd: project,
    worktree: null,
    profile: "spark",
    model: null,
    sandbox: "read-only",
    guard: null,
    distrusted: [],
    mcpSettings: [],
    commandVariables: {},
    schemaFile: null,
    outputFile: null,
    threadSource: null,
    instructions: null,
    ephemeral: false,
    skipGitCheck: false,
    approve: "never",
    resumeThreadId: null,
    ...changes,
  }, { HOME: folder.path });
  return argv.filter((word) => word !== "-c");
}

const TRUST = '[projects."PROJECT"]\ntrust_level = "trusted"\n';
const EFFORT = 'model_reasoning_effort = "xhigh"';
const TOLD = EFFORT.replaceAll(" ", "");

Deno.test("appServerCommand() says nothing that may be secret, for everybody can read a command line", async () => {
  for (
    const profile of [
      '[model_providers.x]\nexperimental_bearer_token = "k"',
      '[model_providers.x]\nhttp_headers = { Authorization = "k" }',
      '[mcp_servers.x]\ncommand = "x"\nenv = { TOKEN = "k" }',
      'mcp_servers = { x = { command = "x", env = { A = "k" } } }',
    ]
  ) {
    const error = await assertRejects(
      () => settingsWith({ profile }),
      NotForAppServer,
    );
    assertStringIncludes(error.message, "may hold a secret");
  }
  const plain =
    'tool_output_token_limit = 9\n[model_providers.x]\nenv_key = "KEY"\n';
  assertEquals((await settingsWith({ profile: plain })).length > 2, true);
});

Deno.test("appServerCommand() puts a profile below the settings of a project that the user trusts, and of nothing else", async () => {
  const low = 'model_reasoning_effort = "low"\n';
  const cases: [Files, Partial<WorkerRequest>, boolean][] = [
    [{}, {}, true],
    [{ config: low + TRUST }, {}, true],
    [{ config: TRUST, project: low }, {}, false],
    [{ config: TRUST, project: 'model = "x"' }, {}, true],
    [{ config: TRUST, project: low }, { distrusted: ["/x"] }, true],
    [{ project: low }, {}, true],
    [
      { config: TRUST.replace('"trusted"', '"untrusted"'), project: low },
      {},
      true,
    ],
    [{ config: TRUST, above: low }, {}, true],
  ];
  for (const [files, changes, expected] of cases) {
    const settings = await settingsWith(
      { ...files, profile: `${EFFORT}\nsandbox_mode = "read-only"\n` },
      changes,
    );
    assertEquals(settings.includes(TOLD), expected, JSON.stringify(files));
    assert(!settings.some((setting) => setting.startsWith("sandbox_mode")));
    assert(settings.includes('default_permissions=":read-only"'));
  }
});

Deno.test("appServerCommand() leaves to exec what app-server would take otherwise", async () => {
  const cases: [Files, Partial<WorkerRequest>][] = [
    [{ profile: "model =\n" }, {}],
    [{ profile: 'sandbox_mode = "loose"' }, {}],
    [{ profile: '[mcp_servers."a.b"]\ncommand = "x"\n' }, {}],
    [{ profile: '[[hooks.x]]\na = "b"\n[[hooks.x]]\na = "c"\n' }, {}],
    [{ profile: 'forced_login_method = "api"' }, {}],
    [{ config: 'forced_login_method = "api"' }, {}],
    [{ config: '[profiles.spark]\nmodel = "x"\n' }, {}],
    [{
      config: TRUST,
      project: '[tui]\nx = "1"\n',
      profile: 'tui = { y = "2" }\n',
    }, {}],
    [{}, { profile: "missing" }],
    [{}, { sandbox: "workspace-write" }],
  ];
  for (const [files, changes] of cases) {
    const refused = await settingsWith(files, changes)
      .then(() => null, (error) => error);
    assert(
      refused instanceof NotForAppServer,
      JSON.stringify([files, changes]) + refused,
    );
  }
});
