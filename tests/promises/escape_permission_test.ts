import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { runFiles, writeRecord } from "../../src/run/store.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { parseRunId } from "../../src/run/id.ts";
import { type HookSession, makeSession } from "../claude/hook_session.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";

/** A call by which a worker, or a program, would get more than the session has. */
interface Attack {
  name: string;
  /** Settings of the workspace. */
  config?: Record<string, unknown>;
  /** Makes what the attack needs. */
  prepare?: (session: HookSession) => Promise<unknown>;
  call: string;
  /** What the user is told. */
  reason: string;
  /** The entry of `allow_unasked` that takes the protection off. */
  allowed: string;
  /** The same call without what gives more. */
  harmless: string;
}

const START = "agentctl start -p x";

/** Writes an ended run into a workspace. */
async function writeRun(
  session: HookSession,
  id: string,
  change: Record<string, unknown>,
  workspaceOption?: string,
): Promise<void> {
  const { env, folder: cwd } = session;
  const workspace = await openWorkspace({ cwd, env }, workspaceOption);
  const run_id = parseRunId(id);
  const files = runFiles(workspace, run_id);
  await Deno.mkdir(files.folder, { recursive: true });
  await Deno.writeTextFile(files.prompt, "x");
  await writeRecord(
    workspace,
    finishedRecord({ run_id, cwd, project: null, thread_id: "t", ...change }),
  );
}

const ID = "20260102-030405-aaaa";
const OTHER = "20260102-030405-bbbb";
const unsandboxed = (session: HookSession) =>
  Promise.all([
    writeRun(session, ID, { sandbox: "danger-full-access", profile: null }),
    writeRun(session, OTHER, { profile: "spark" }),
  ]);
const networked = (session: HookSession) =>
  Promise.all([
    writeRun(session, ID, { profile: "web" }),
    writeRun(session, OTHER, { profile: "spark" }),
  ]);
const elsewhere = (session: HookSession) =>
  Promise.all([
    writeRun(session, ID, { cwd: "/etc", profile: null }),
    writeRun(session, OTHER, { cwd: join(session.home, "shop") }),
  ]);
const checked = (session: HookSession) =>
  Promise.all([
    writeRun(session, ID, { verify: "make test" }),
    writeRun(session, OTHER, {}),
  ]);
const register =
  (settings: Record<string, unknown>) =>
  async ({ home, folder }: HookSession) => {
    const projects = { here: { path: folder, ...settings } };
    await Deno.writeTextFile(
      join(home, ".ai-orch", "projects.json"),
      JSON.stringify({ schema: 1, projects }),
    );
  };
const servers = ({ home }: HookSession) =>
  Deno.writeTextFile(
    join(home, ".codex", "config.toml"),
    `[mcp_servers.docs]
command = "docs"
default_tools_approval_mode = "approve"
[mcp_servers.mail]
command = "mail"
`,
  );
const batch = (key: string) =>
  `agentctl start --batch - <<'T'\n--- task: a\n---\nx\n--- task: b\n${key}\n---\nx\nT`;

const NO_SANDBOX = "the worker would have no sandbox";
const NETWORK = "the worker would have network access";

const ATTACKS: Attack[] = [
  {
    name: "--sandbox",
    call: `${START} --sandbox danger-full-access`,
    reason: NO_SANDBOX,
    allowed: "unsandboxed",
    harmless: `${START} --sandbox workspace-write`,
  },
  {
    name: "a profile without a sandbox",
    call: `${START} --profile free`,
    reason: `${NO_SANDBOX} (by profile "free")`,
    allowed: "unsandboxed",
    harmless: `${START} --profile deep`,
  },
  {
    name: "a profile of the older form without a sandbox",
    call: `${START} --profile old`,
    reason: `${NO_SANDBOX} (by profile "old")`,
    allowed: "unsandboxed",
    harmless: `${START} --profile spark`,
  },
  {
    name: "an unsandboxed default profile",
    config: { default_profile: "free" },
    call: START,
    reason: `${NO_SANDBOX} (by profile "free")`,
    allowed: "unsandboxed",
    harmless: `${START} --profile spark`,
  },
  {
    name: "default_sandbox",
    config: { default_sandbox: "danger-full-access" },
    call: START,
    reason: `${NO_SANDBOX} (by default_sandbox of the config)`,
    allowed: "unsandboxed",
    harmless: `${START} --sandbox read-only`,
  },
  {
    name: "an unsandboxed profile of the project in which the session is",
    prepare: register({ default_profile: "free" }),
    call: START,
    reason: `${NO_SANDBOX} (by profile "free")`,
    allowed: "unsandboxed",
    harmless: `${START} --profile spark`,
  },
  {
    name: "an unsandboxed profile of a project by its name",
    prepare: register({ default_profile: "free" }),
    call: `${START} --project here`,
    reason: NO_SANDBOX,
    allowed: "unsandboxed",
    harmless: `${START} --project here --profile spark`,
  },
  {
    name: "rerun of an unsandboxed run",
    prepare: unsandboxed,
    call: `agentctl rerun ${ID}`,
    reason: NO_SANDBOX,
    allowed: "unsandboxed",
    harmless: `agentctl rerun ${OTHER}`,
  },
  {
    name: "resume of an unsandboxed run",
    prepare: unsandboxed,
    call: `agentctl resume --parent-run-id ${ID} -p x`,
    reason: NO_SANDBOX,
    allowed: "unsandboxed",
    harmless: `agentctl resume --parent-run-id ${OTHER} -p x`,
  },
  {
    name: "resume with another profile than the earlier one's",
    prepare: unsandboxed,
    call: `agentctl resume --parent-run-id ${OTHER} --profile free -p x`,
    reason: NO_SANDBOX,
    allowed: "unsandboxed",
    harmless: `agentctl resume --parent-run-id ${OTHER} --profile deep -p x`,
  },
  {
    name: "words for an unsandboxed run",
    prepare: unsandboxed,
    call: `agentctl send ${ID} 'Do something else'`,
    reason: NO_SANDBOX,
    allowed: "unsandboxed",
    harmless: `agentctl send ${OTHER} 'Do something else'`,
  },
  {
    name: "release of an unsandboxed run among others",
    prepare: unsandboxed,
    call: `agentctl release ${OTHER} ${ID}`,
    reason: NO_SANDBOX,
    allowed: "unsandboxed",
    harmless: `agentctl release ${OTHER}`,
  },
  {
    name: "one task of a batch",
    call: batch("profile: free"),
    reason: NO_SANDBOX,
    allowed: "unsandboxed",
    harmless: batch("profile: deep"),
  },
  {
    name: "a profile with network",
    call: `${START} --profile web`,
    reason: `${NETWORK} (by profile "web")`,
    allowed: "network:web",
    harmless: `${START} --profile web --sandbox read-only`,
  },
  {
    name: "network from Codex's own configuration",
    prepare: ({ home }) =>
      Deno.writeTextFile(
        join(home, ".codex", "config.toml"),
        "sandbox_workspace_write = { network_access = true }\n",
      ),
    call: START,
    reason: `${NETWORK} (by Codex's config.toml)`,
    allowed: "network",
    harmless: `${START} --sandbox read-only`,
  },
  {
    name: "escalation to a profile with network",
    call: `${START} --escalate deep,web`,
    reason: `${NETWORK} (by profile "web")`,
    allowed: "network:web",
    harmless: `${START} --escalate deep`,
  },
  {
    name: "escalation by the settings to a profile with network",
    config: { escalate: { spark: ["web"] } },
    call: `${START} --profile spark`,
    reason: `${NETWORK} (by profile "web")`,
    allowed: "network:web",
    harmless: `${START} --profile spark --escalate none`,
  },
  {
    name: "rerun of a run with network",
    prepare: networked,
    call: `agentctl rerun ${ID}`,
    reason: NETWORK,
    allowed: "network:web",
    harmless: `agentctl rerun ${OTHER}`,
  },
  {
    name: "a profile with further folders",
    call: `${START} --profile wide`,
    reason: 'the worker could write "/var/lib" (by profile "wide")',
    allowed: "writable:/var",
    harmless: `${START} --profile deep`,
  },
  {
    name: "a folder elsewhere",
    call: `${START} --project /etc`,
    reason: 'the worker would work in "/etc"',
    allowed: "folder:/etc",
    harmless: `${START} --project packages/tax`,
  },
  {
    name: "a link in the session's folder that leads elsewhere",
    prepare: ({ folder }) => Deno.symlink("/etc", join(folder, "lib")),
    call: `${START} --project lib`,
    reason: "the worker would work in",
    allowed: "folder:/etc",
    harmless: `${START} --project packages`,
  },
  {
    name: "a folder behind a link, which is not there yet",
    prepare: ({ folder }) => Deno.symlink("/var", join(folder, "lib")),
    call: `${START} --project lib/of-a-worker`,
    reason: "the worker would work in",
    allowed: "folder:/var",
    harmless: `${START} --project packages/of-a-worker`,
  },
  {
    name: "rerun of a run elsewhere",
    prepare: elsewhere,
    call: `agentctl rerun ${ID}`,
    reason: 'the worker would work in "/etc"',
    allowed: "folder:/etc",
    harmless: `agentctl rerun ${OTHER}`,
  },
  {
    name: "a check",
    call: `${START} --verify 'sh check.sh'`,
    reason: "--verify would run a command outside any sandbox (sh check.sh)",
    allowed: "check",
    harmless: START,
  },
  {
    name: "the check of an earlier run",
    prepare: checked,
    call: `agentctl rerun ${ID}`,
    reason: "--verify would run a command",
    allowed: "check",
    harmless: `agentctl rerun ${OTHER}`,
  },
  {
    name: "another check than the project's own",
    prepare: register({ verify: "make" }),
    call: `${START} --verify 'make install'`,
    reason: "--verify would run a command",
    allowed: "check",
    harmless: `${START} --verify make`,
  },
  {
    name: "a prompt file of secrets",
    call: "agentctl start --prompt-file /etc/hostname",
    reason: 'it gives a worker the text of "/etc/hostname"',
    allowed: "file:/etc",
    harmless: "agentctl start --prompt-file task.md",
  },
  {
    name: "a prompt file that is a link to secrets",
    prepare: ({ folder }) =>
      Deno.symlink("/etc/hostname", join(folder, "task.md")),
    call: "agentctl start --prompt-file task.md",
    reason: "it gives a worker the text of",
    allowed: "file:/etc/hostname",
    harmless: "agentctl start --prompt-file other.md",
  },
  {
    name: "a message file of secrets",
    prepare: unsandboxed,
    call: `agentctl send ${OTHER} --message-file ../.codex/config.toml`,
    reason: "it gives a worker the text of",
    allowed: "file",
    harmless: `agentctl send ${OTHER} --message-file words.md`,
  },
  {
    name: "a batch in a file, which a worker may change meanwhile",
    prepare: ({ folder }) =>
      Deno.writeTextFile(
        join(folder, "tasks.md"),
        "--- task: a\nretry: 1\n---\nx\n",
      ),
    call: "agentctl start --batch tasks.md",
    reason: "the tasks of a batch in a file may change",
    allowed: "file",
    harmless: batch("retry: 1"),
  },
  {
    name: "an MCP server that wants approval",
    prepare: servers,
    call: `${START} --mcp mail`,
    reason: 'could use the MCP server "mail", which acts outside its sandbox',
    allowed: "mcp:mail",
    harmless: `${START} --mcp docs`,
  },
  {
    name: "all MCP servers",
    prepare: servers,
    call: `${START} --mcp all`,
    reason: 'the MCP server "mail"',
    allowed: "mcp",
    harmless: `${START} --mcp none`,
  },
  {
    name: "an MCP server of a batch that is configured later",
    call: batch("mcp: docs, mail"),
    reason: 'the MCP server "docs"',
    allowed: "mcp",
    harmless: batch("retry: 1"),
  },
  {
    name: "the MCP servers of the settings",
    config: { mcp: ["mail"] },
    prepare: servers,
    call: START,
    reason: 'the MCP server "mail"',
    allowed: "mcp:mail",
    harmless: `${START} --mcp docs`,
  },
  {
    name: "rerun of a run with an MCP server",
    prepare: (session) =>
      Promise.all([
        servers(session),
        writeRun(session, ID, { mcp: ["mail"] }),
        writeRun(session, OTHER, { mcp: ["docs"] }),
      ]),
    call: `agentctl rerun ${ID}`,
    reason: 'the MCP server "mail"',
    allowed: "mcp:mail",
    harmless: `agentctl rerun ${OTHER}`,
  },
  {
    name: "a run of another workspace",
    prepare: async (session) => {
      const other = join(session.home, "other");
      await Deno.mkdir(join(other, ".ai-orch", "runs"), { recursive: true });
      await writeRun(session, OTHER, { profile: "spark" });
    },
    call: `agentctl rerun ${OTHER} --workspace ../other`,
    reason: "it acts in another workspace",
    allowed: "workspace",
    harmless: `agentctl rerun ${OTHER} --workspace ../.ai-orch`,
  },
  {
    name: "work that is not merged",
    call: `agentctl discard ${ID} --force`,
    reason: "it removes unmerged work",
    allowed: "command:discard",
    harmless: `agentctl discard ${ID}`,
  },
];

Deno.test("what could give a worker or a program more asks, by whichever way, and passes only when the user has listed it", async (t) => {
  assert(ATTACKS.length >= 30);
  for (const { name, config, prepare, call, ...expected } of ATTACKS) {
    await t.step(name, async () => {
      await using session = await makeSession(config);
      await prepare?.(session);
      const asked = await session.decide(call);
      assertEquals(asked.decision, "ask");
      assertStringIncludes(asked.reason, expected.reason);
      // What is asked about is what gives more, and nothing besides.
      const plain = await session.decide(expected.harmless);
      assertEquals(plain.decision, "allow", plain.reason);
      // With the protection off, the very call passes.
      await Deno.writeTextFile(
        join(session.home, ".ai-orch", "config.jsonc"),
        JSON.stringify({ ...config, allow_unasked: [expected.allowed] }),
      );
      const off = await session.decide(call);
      assertEquals(off.decision, "allow", off.reason);
    });
  }
});

Deno.test("a workspace named by the environment of a call asks in every spelling", async () => {
  await using session = await makeSession();
  for (
    const call of [
      `AI_ORCH_HOME=/tmp/evil ${START}`,
      `env AI_ORCH_HOME=/tmp/evil ${START}`,
      `export AI_ORCH_HOME=/tmp/evil; ${START}`,
      `AI_ORCH_HOME=/tmp/evil\n${START}`,
      `CODEX_HOME=/tmp/evil ${START} --profile spark`,
      `HOME=/tmp/evil ${START}`,
    ]
  ) assertEquals((await session.decide(call)).decision, "ask", call);
});

Deno.test("the attacks work where no hook asks: the same calls give a worker more", async () => {
  await using stage = await makeStage();
  await Deno.mkdir(stage.workspace, { recursive: true });
  const prompt = steps("Do it", resultStep(true, "done"));
  const configure = (config: object) =>
    Deno.writeTextFile(
      join(stage.workspace, "config.jsonc"),
      JSON.stringify(config),
    );
  const held = async (...words: string[]) => {
    const { stdout, stderr } = await stage.agentctl([...words, "--hold"], {
      stdin: prompt,
    });
    assertEquals(stderr, "");
    return await stage.show(stdout.trim());
  };
  await configure({ default_sandbox: "danger-full-access" });
  const free = await held("start");
  assertEquals(free["sandbox"], "danger-full-access");
  await configure({});
  assertEquals((await held("start"))["sandbox"], "workspace-write");
  const again = await held("rerun", String(free["run_id"]));
  assertEquals(again["sandbox"], "danger-full-access");
  const moved = await held("start", "--project", stage.scratch.home);
  assertEquals(moved["cwd"], stage.scratch.home);
});

Deno.test("an escalation keeps the sandbox of the first attempt, whatever its profile says", async () => {
  await using stage = await makeStage();
  const home = stage.env["CODEX_HOME"] ?? join(stage.scratch.home, ".codex");
  await Deno.mkdir(home, { recursive: true });
  await Deno.writeTextFile(
    join(home, "free.config.toml"),
    'sandbox_mode = "danger-full-access"\n',
  );
  const id = await stage.start(
    steps("Try", resultStep(false, "no")),
    ...["--escalate", "free"],
  );
  const { record } = await stage.wait(id);
  assertEquals(
    [record["profile"], record["sandbox"]],
    ["free", "workspace-write"],
  );
});
