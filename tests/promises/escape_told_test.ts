import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { findRepository } from "../../src/git/repository.ts";
import { runsByItself } from "../../src/run/self_running.ts";
import { takeBaseline } from "../../src/supervisor/baseline.ts";
import { tellTouched } from "../../src/supervisor/told_changes.ts";
import { runFiles } from "../../src/run/store.ts";
import { parseRunId } from "../../src/run/id.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { temporaryRepository } from "../git/temporary_repository.ts";
import { commandLines } from "../support/processes.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { makeAttackStage } from "./attack_stage.ts";

/** Files that a program runs or obeys without anybody naming them. */
const SELF_RUNNING: readonly string[] = [
  ...[".claude/settings.json", ".CLAUDE/Settings.json", ".claude", ".mcp.json"],
  ...["sub/.Mcp.JSON", "CLAUDE.md", "docs/claude.md", "CLAUDE.local.md"],
  ...["AGENTS.md", "a/b/Agents.md", ".codex/config.toml", ".ai-orch/x"],
  ...[".cursor/rules/x.mdc", ".cursorrules", "GEMINI.md", ".gemini/settings"],
  ...[".github/copilot-instructions.md", ".windsurfrules", ".clinerules"],
  ...[".envrc", "deep/er/.ENVRC", ".envrc.local", "mise.toml", ".mise.toml"],
  ...[".vscode/tasks.json", "x/.VSCode/settings.json", "a.code-workspace"],
  ...[".idea/workspace.xml", ".zed/tasks.json", ".nvim.lua", ".exrc"],
  ...[".dir-locals.el", ".devcontainer/devcontainer.json"],
  ...[
    ".devcontainer.json",
    ".gitpod.yml",
    ".gitattributes",
    "s/.gitattributes",
  ],
  ...[".gitmodules", ".githooks/pre-commit", "tools/hooks/pre-push"],
  ...["scripts/post-checkout.sh", ".husky/pre-commit", ".husky/_/husky.sh"],
  ...["lefthook.yml", ".lefthook.toml", "lefthook-local.yaml"],
  ...[".pre-commit-config.yaml", ".lintstagedrc.js", "lint-staged.config.mjs"],
  ...[
    "sub/.git/config",
    "sub/.git/hooks/post-checkout",
    ".git/info/attributes",
  ],
  ...[".github/workflows/ci.yml", ".gitlab-ci.yml", "Jenkinsfile"],
  ...[".circleci/config.yml", ".npmrc", "p/.yarnrc.yml", ".pnpmfile.cjs"],
  ...[".yarn/releases/yarn.cjs", ".cargo/config.toml", "rust-toolchain.toml"],
  ...[".bazelrc", ".mvn/jvm.config", "sitecustomize.py", ".pdbrc", ".gdbinit"],
  ...[".bashrc", ".config/fish/config.fish", ".eslintrc.cjs", ".anything.sh"],
  ...["lib/site-packages/x.pth", ".watchmanconfig", ".git\u200bhooks/pre-push"],
  ...["ＡGENTS.md", ".envrc.", "CLAUDE.md "],
];

/** What people write every day, also where a name is much like one of those. */
const ORDINARY: readonly string[] = [
  ...["src/main.ts", "README.md", ".gitignore", "Makefile", "package.json"],
  ...["package-lock.json", ".env.example", ".editorconfig", ".prettierrc"],
  ...["docs/agents-and-claude.md", "src/claude/hooks.ts", "src/hooks/use.ts"],
  ...["hooks/useUser.ts", "src/vscode/tasks.json", "model.pth", "envrc"],
  ...["tests/mcp.json", "my.claude/x", "x.vscode/y", "Dockerfile", "go.mod"],
  ...["Cargo.toml", "pyproject.toml", "setup.py", "conftest.py", "build.rs"],
  ...[".github/ISSUE_TEMPLATE/bug.md", ".changeset/one.md", ".nvmrc"],
  ...["src/update.ts", "src/profile.ts", "git/config", "src/mise/recipe.ts"],
  ...["config.toml", "src/commit-message.ts", ".dockerignore", "a/.gitkeep"],
];

Deno.test("each of 75 files that programs run by themselves is known for that, and what people write every day is not", () => {
  assert(SELF_RUNNING.length >= 75, `${SELF_RUNNING.length}`);
  for (const path of SELF_RUNNING) assert(runsByItself(path) !== null, path);
  for (const path of ORDINARY) assertEquals(runsByItself(path), null, path);
});

interface Told {
  self_running: string[];
  hidden_files: string[];
  huge: { files: number; bytes: number; largest: unknown[] } | null;
}

/** What is told of a change in a folder with many ignored files, and what its diff holds. */
async function toldOf(
  change: (write: Write, root: string) => Promise<unknown>,
  sandbox: "workspace-write" | "danger-full-access" = "workspace-write",
): Promise<Told & { files: string[] }> {
  await using repository = await temporaryRepository({
    ".gitignore": "node_modules\n.vscode\n.envrc\n/build\n",
    "package.json": '{"scripts": {"test": "node --test"}}',
    "src/a.ts": "1\n",
  });
  const { env, root, write } = repository;
  await write({
    "node_modules/x/.envrc": "",
    ".vscode/settings.json": "{}",
    ".envrc": "old",
    "build/x": "",
    "inner/.keep": "",
    // Such as caches and virtual environments.
    ".cache/.gitignore": "*\n",
    ".cache/.envrc": "",
  });
  await repository.git(["init", "-q", "inner"]);
  await Deno.mkdir(join(repository.base, ".ai-orch"));
  const workspace = await openWorkspace(
    { cwd: root, env },
    join(repository.base, ".ai-orch"),
  );
  const files = runFiles(workspace, parseRunId("one"));
  await Deno.mkdir(files.folder, { recursive: true });
  const baseline = await takeBaseline(
    { cwd: root, profile: null, sandbox, worktree: null, keepsGit: true },
    files,
    env,
  );
  // Coarse clocks of file systems are a few milliseconds late.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await change(write, root);
  const diff = await baseline.diff();
  assert(diff);
  const other = diff.warnings.filter((text) =>
    !/size and time only/.test(text)
  );
  assertEquals(other, []);
  assert(await findRepository(root, env));
  return { ...diff.told, files: diff.files };
}

type Write = (files: Record<string, string>) => Promise<void>;

const NOTHING = {
  self_running: [],
  hidden_files: [],
  left_out: [],
  huge: null,
};

Deno.test("a change tells what runs by itself, what its ignore rules hide and how large it is, wherever it hides", async () => {
  const seen = await toldOf(async (write, root) => {
    await write({
      "src/b.ts": "2\n",
      "AGENTS.md": "obey",
      "src/deep/.MCP.json": "{}",
      // Ignored before, for the user's reasons.
      ".vscode/tasks.json": "{}",
      ".envrc": "evil",
      "build/.envrc": "not looked into",
      // Hidden by the run itself.
      "sub/.gitignore": "*\n",
      "sub/.husky/pre-commit": "evil",
      "sub/evil.sh": "",
      "src/.gitignore": "/made\n",
      "src/made": "",
      ".gitignore": "node_modules\n.vscode\n.envrc\n/build\nsecret*\n",
      "secret.txt": "",
      // A repository in the repository.
      "inner/.git/hooks/post-checkout": "evil",
      "bare/HEAD": "ref: refs/heads/x\n",
      "bare/objects/x": "",
      "bare/config": "[core]\n\tfsmonitor = evil\n",
      "package.json":
        '{"scripts": {"test": "node --test", "postinstall": "evil"}}',
      "p/package.json": '{"scripts": {"build": "x"}}',
    });
    await Deno.symlink("sub", join(root, ".claude"));
    await Deno.truncate(
      await Deno.makeTempFile({ dir: join(root, "src") }),
      12 << 20,
    );
  });
  assertEquals(seen.self_running, [
    ".claude",
    ".envrc",
    ".vscode/tasks.json",
    "AGENTS.md",
    "bare/config",
    "inner/.git/hooks/post-checkout",
    "package.json",
    "src/deep/.MCP.json",
    "sub/.husky/pre-commit",
  ]);
  assertEquals(seen.hidden_files, ["secret.txt", "src/made", "sub/"]);
  assertEquals(seen.huge?.largest.length, 3);
  assert((seen.huge?.bytes ?? 0) >= 12 << 20);
  // The control: the diff alone does not have them.
  for (const path of [".envrc", ".vscode/tasks.json", "sub/evil.sh"]) {
    assert(!seen.files.includes(path), path);
  }
});

Deno.test("an ordinary change tells nothing, and one of git's own folder only where the worker could write it", async () => {
  const ordinary = (write: Write) =>
    write({
      "src/a.ts": "2\n",
      "src/new/b.ts": "",
      ".gitignore": "node_modules\n.vscode\n.envrc\n/build\n/dist\n",
      "build/y": "",
      "node_modules/z/.envrc": "",
      "package.json": '{"scripts": {"test": "vitest"}, "name": "x"}',
      "inner/x": "",
    });
  const { files, ...told } = await toldOf(ordinary);
  assertEquals(told, NOTHING);
  assertEquals(files.includes("src/new/b.ts"), true);
  const many = await toldOf((write) =>
    write(
      Object.fromEntries(
        Array.from({ length: 1_000 }, (_, index) => [`many/${index}`, "x"]),
      ),
    )
  );
  assertEquals(many.huge?.files, 1_000);
  const hook = (write: Write) =>
    write({
      ".git/hooks/pre-commit": "evil",
      ".git/info/exclude": "x*\n",
      "x1": "",
    });
  const free = await toldOf(hook, "danger-full-access");
  assertEquals(free.self_running, [".git/hooks/pre-commit"]);
  assertEquals(free.hidden_files, ["x1"]);
});

Deno.test("a folder without git tells what was touched", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "sub/node_modules"), { recursive: true });
    await Deno.writeTextFile(join(folder, ".mcp.json"), "old");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const since = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await Deno.writeTextFile(join(folder, "sub/.envrc"), "evil");
    // Its time is a lie.
    await Deno.utime(join(folder, "sub/.envrc"), new Date(0), new Date(0));
    await Deno.writeTextFile(join(folder, "sub/node_modules/.envrc"), "");
    await Deno.writeTextFile(join(folder, "sub/x.ts"), "");
    const run = { cwd: folder, sandbox: "workspace-write" } as const;
    assertEquals((await tellTouched(run, since)).self_running, ["sub/.envrc"]);
    assertEquals(
      (await tellTouched(run, 0)).self_running,
      [".mcp.json", "sub/.envrc"],
    );
    const reader = { ...run, sandbox: "read-only" } as const;
    assertEquals(await tellTouched(reader, 0), NOTHING);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("show, diff and merge tell what a run changed that programs run by themselves, and of an ordinary run nothing", async () => {
  await using stage = await makeStage();
  const write = (path: string, text: string) => ({ write: { path, text } });
  const planted = await stage.start(
    steps(
      "Plant",
      write(".envrc", "evil"),
      write("sub/.gitignore", "*\n"),
      write("sub/evil.sh", ""),
      write("src/a.ts", "1\n"),
      resultStep(true, "done"),
    ),
    "--worktree",
  );
  const plain = await stage.start(
    steps("Work", write("src/b.ts", "1\n"), resultStep(true, "done")),
    "--worktree",
  );
  const lines = [
    "Run or obeyed by programs on their own: .envrc (a directory hook)",
    "Hidden by ignore rules of this run, so not in its diff: sub/",
  ];
  const told = {
    self_running: [".envrc"],
    hidden_files: ["sub/"],
  };
  const { record } = await stage.wait(planted);
  assertEquals(record["self_running"], told.self_running);
  assertEquals(record["hidden_files"], told.hidden_files);
  const brief = JSON.parse((await stage.agentctl(["show", planted])).stdout);
  assertEquals(brief.self_running, told.self_running);
  assertEquals(brief.hidden_files, told.hidden_files);
  const diff = await stage.agentctl(["diff", planted]);
  for (const line of lines) assertStringIncludes(diff.stderr, line);
  assert(!diff.stdout.includes("directory hook"));
  const json = await stage.agentctl(["diff", planted, "--json"]);
  assertEquals(JSON.parse(json.stdout).self_running, told.self_running);

  const ordinary = (await stage.wait(plain)).record;
  assertEquals([ordinary["self_running"], ordinary["hidden_files"]], [[], []]);
  assertEquals(ordinary["huge"], null);
  assertEquals((await stage.agentctl(["diff", plain])).stderr, "");

  const call = ["merge", planted, plain];
  const preview = await stage.agentctl([...call, "--preview", "--json"]);
  const [first, second] = JSON.parse(preview.stdout).runs;
  assertEquals(first.self_running, told.self_running);
  assertEquals(first.hidden_files, told.hidden_files);
  assertEquals([second.self_running, second.hidden_files], [[], []]);
  const merged = await stage.agentctl(call);
  assertEquals(merged.code, 0);
  for (const line of lines) assertStringIncludes(merged.stdout, `  ${line}\n`);
});

Deno.test("registry tokens do not reach a worker of Codex, nor does what it detaches outlive it, but for what the user lets it", async () => {
  await using attacks = await makeAttackStage();
  const { stage } = attacks;
  const secrets: Record<string, string> = {
    NODE_AUTH_TOKEN: "secret-of-npm",
    "npm_config__authToken": "secret-of-npmrc",
    CARGO_REGISTRY_TOKEN: "secret-of-cargo",
    UV_INDEX_CORP_PASSWORD: "secret-of-uv",
    PIP_INDEX_URL: "https://me:secret-of-pip@pypi.example.org/simple",
    GITHUB_TOKEN: "secret-of-github",
  };
  Object.assign(stage.env, secrets, { CARGO_HOME: "/cargo" });
  const found = Object.values(secrets).map((value) => {
    const secret = /secret-of-\w+/.exec(value)?.[0] ?? "";
    return { name: secret, script: `env | grep -q ${secret}` };
  });
  const ordinary = [
    {
      name: "address",
      script: `[ "$PIP_INDEX_URL" = https://pypi.example.org/simple ]`,
    },
    { name: "home", script: `[ "$CARGO_HOME" = /cargo ]` },
  ];
  const seconds = `${1_000_000 + Math.floor(Math.random() * 1_000_000)}`;
  const detach = {
    name: "detached",
    script: `(setsid env -i /bin/sleep ${seconds} >/dev/null 2>&1 &)`,
  };
  const kept = await attacks.attack([...found, ...ordinary, detach]);
  assertEquals(kept.through, ["address", "detached", "home"]);
  assertEquals(await sleepers(seconds), []);
  // The control: named in the settings, and without a sandbox.
  await Deno.mkdir(stage.workspace, { recursive: true });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify({ env_passthrough: [...Object.keys(secrets)] }),
  );
  const named = await attacks.attack([...found, detach], {
    words: ["--sandbox", "danger-full-access"],
  });
  const left = await sleepers(seconds);
  for (const pid of left) Deno.kill(pid, "SIGKILL");
  assertEquals(
    named.through,
    ["detached", ...found.map(({ name }) => name)].sort(),
  );
  assertEquals(left.length, 1);
});

/** The processes that sleep for just so long. */
async function sleepers(seconds: string): Promise<number[]> {
  const lines = await commandLines("pid=,args=");
  return lines.filter((line) => line.endsWith(` /bin/sleep ${seconds}`))
    .map((line) => Number.parseInt(line));
}
