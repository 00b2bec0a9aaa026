import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { copy, exists, walk } from "@std/fs";
import { basename, dirname, fromFileUrl, join, relative } from "@std/path";
import { installPlugin } from "../src/claude/plugin/plugin.ts";
import { startPrivateTmux } from "./support/private_tmux.ts";
import { makeScratch, type Scratch } from "./support/scratch.ts";
import {
  ensureCodex,
  ensureCompileRuntime,
  ensureTmux,
} from "./support/tools.ts";
import { until } from "./support/until.ts";

const REPOSITORY = dirname(dirname(fromFileUrl(import.meta.url)));

/** Prints its arguments and what it may do: small, so that it compiles fast. */
const PROGRAM = `
const net = await Deno.permissions.query({ name: "net" });
const git = await Deno.permissions.query({ name: "run", command: "git" });
const shell = await Deno.permissions.query({ name: "run", command: "sh" });
const answer = { args: Deno.args, git: git.state, net: net.state, shell: shell.state };
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(answer)));
`;

/** A checkout with a program of its own, in a folder whose name a shell would split. */
async function makeCheckout(scratch: Scratch): Promise<string> {
  const checkout = join(scratch.dir, "it's a $checkout");
  await Deno.mkdir(checkout, { recursive: true });
  for (
    const part of ["deno.lock", "install.ts", "config", "prompts", "src"]
  ) {
    await copy(join(REPOSITORY, part), join(checkout, part));
  }
  await Deno.writeTextFile(join(checkout, "src", "main.ts"), PROGRAM);
  const config = JSON.parse(
    await Deno.readTextFile(join(REPOSITORY, "deno.json")),
  );
  // The lock of the repository is for the program of the repository. Without any,
  // packages for other systems would have to be asked for.
  await Deno.writeTextFile(
    join(checkout, "deno.json"),
    JSON.stringify({ ...config, lock: { path: "deno.lock" } }),
  );
  return checkout;
}

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function run(
  env: Record<string, string>,
  program: string,
  ...args: string[]
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

interface Setup extends AsyncDisposable {
  scratch: Scratch;
  checkout: string;
  env: Record<string, string>;
  /** The installed program. */
  program: string;
  codexHome: string;
  install(...args: string[]): Promise<Outcome>;
  /** All files of the home folder and of Codex, with their content. */
  files(): Promise<Record<string, string>>;
}

async function setUp({ codex = false, compile = false } = {}): Promise<Setup> {
  const scratch = await makeScratch();
  const checkout = await makeCheckout(scratch);
  const codexHome = join(scratch.dir, "codex");
  const env: Record<string, string> = {
    ...scratch.env,
    // Where the network is not as here, it must not be asked for a runtime.
    HTTPS_PROXY: "http://127.0.0.1:1",
    NO_COLOR: "1",
  };
  if (codex) env.PATH = `${await ensureCodex()}:${env.PATH}`;
  const runtime = compile ? await ensureCompileRuntime() : null;
  if (runtime !== null) env.DENORT_BIN = runtime;
  if (!compile) {
    // Packages are there, a runtime of an earlier "deno compile" is not.
    const denoDir = join(scratch.dir, "deno");
    await Deno.mkdir(denoDir);
    await Deno.symlink(join(env.DENO_DIR ?? "", "npm"), join(denoDir, "npm"));
    env.DENO_DIR = denoDir;
  }
  return {
    scratch,
    checkout,
    env,
    program: join(scratch.home, ".local", "bin", "agentctl"),
    codexHome,
    install: (...args) =>
      run(
        env,
        Deno.execPath(),
        "run",
        "-A",
        "-q",
        join(checkout, "install.ts"),
        ...args,
      ),
    async files() {
      const found: Record<string, string> = {};
      for (const root of [scratch.home, codexHome]) {
        for await (const { path, isFile } of walk(root)) {
          found[relative(scratch.dir, path)] = isFile
            ? new TextDecoder("latin1").decode(await Deno.readFile(path))
            : "";
        }
      }
      return found;
    },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

function assertOk(outcome: Outcome) {
  assertEquals(outcome.code, 0, outcome.stdout + outcome.stderr);
}

Deno.test("install.ts compiles the program with its permissions, and takes it back", async () => {
  await using setup = await setUp({ codex: true, compile: true });
  const before = await setup.files();

  const planned = await setup.install("--dry-run");
  assertOk(planned);
  assertStringIncludes(planned.stdout, setup.program);
  assertEquals(await setup.files(), before);

  const installed = await setup.install();
  assertOk(installed);
  assertStringIncludes(installed.stdout, "Compiling agentctl");
  assertStringIncludes(installed.stdout, "is not on PATH");
  // The last words say what to do next, in order.
  const next = installed.stdout.split("\nNext:\n")[1] ?? "";
  assertMatch(
    next,
    /^ {2}export PATH=.*\n {2}codex login\n {2}agentctl doctor .*\n(.*\n)+ {2}agentctl start .*\n$/,
  );
  const answer = await run(setup.env, setup.program, "a b", "$x");
  assertOk(answer);
  assertEquals(JSON.parse(answer.stdout), {
    args: ["a b", "$x"],
    git: "granted",
    net: "prompt",
    shell: "prompt",
  });
  const info = await Deno.stat(join(setup.scratch.home, ".ai-orch"));
  assertEquals(info.mode! & 0o777, 0o700);
  const workspace = Array.fromAsync(
    Deno.readDir(join(setup.scratch.home, ".ai-orch")),
    ({ name }) => name,
  );
  assertEquals((await workspace).sort(), [
    ...[".gitignore", "config.jsonc", "install.json"],
  ]);
  const review = await Deno.readTextFile(
    join(setup.codexHome, "review.config.toml"),
  );
  assertMatch(review, /^model = "gpt-/m);
  assertMatch(review, /^sandbox_mode = "read-only"$/m);

  const after = await setup.files();
  const again = await setup.install();
  assertOk(again);
  assertStringIncludes(again.stdout, "Nothing to change");
  assertEquals(await setup.files(), after);

  assertOk(await setup.install("--uninstall", "--dry-run"));
  assertEquals(await setup.files(), after);
  assertOk(await setup.install("--uninstall"));
  assertEquals(await setup.files(), before);
});

Deno.test("install.ts writes a script where the runtime cannot be downloaded", async () => {
  await using setup = await setUp();
  const installed = await setup.install(
    "--no-profiles",
    "--bin-dir",
    join(setup.scratch.bin, "a b"),
  );
  assertOk(installed);
  assertStringIncludes(installed.stdout, "cannot be downloaded");
  const program = join(setup.scratch.bin, "a b", "agentctl");
  assertMatch(await Deno.readTextFile(program), /^#!\/bin\/sh\n/);
  const answer = await run(setup.env, program, "a b", "$x", "it's");
  assertOk(answer);
  assertEquals(JSON.parse(answer.stdout), {
    args: ["a b", "$x", "it's"],
    git: "granted",
    net: "prompt",
    shell: "prompt",
  });
  assertEquals(await exists(join(setup.codexHome, "spark.config.toml")), false);
  assertEquals(await exists(setup.program), false);
});

Deno.test("install.ts leaves alone what the user has", async () => {
  await using setup = await setUp({ codex: true });
  const { codexHome, program } = setup;
  await Deno.writeTextFile(
    join(codexHome, "config.toml"),
    "[profiles.deep]\nmodel = 'x'\n",
  );
  await Deno.writeTextFile(
    join(codexHome, "spark.config.toml"),
    "model = 'mine'\n",
  );
  await Deno.mkdir(dirname(program), { recursive: true });
  await Deno.writeTextFile(program, "another program");
  const before = await setup.files();

  const installed = await setup.install();
  assertEquals(installed.code, 5);
  assertStringIncludes(installed.stderr, program);
  assertStringIncludes(installed.stdout, "Kept your profile spark");
  assertStringIncludes(installed.stdout, "[profiles.deep]");
  assert(await exists(join(codexHome, "review.config.toml")));
  for (const [name, content] of Object.entries(before)) {
    assertEquals((await setup.files())[name], content, name);
  }

  assertOk(await setup.install("--uninstall"));
  assertEquals(await setup.files(), before);
});

Deno.test("install.ts --uninstall leaves what has been changed", async () => {
  await using setup = await setUp();
  assertOk(await setup.install());
  const profile = join(setup.codexHome, "deep.config.toml");
  await Deno.writeTextFile(profile, "# mine\n", { append: true });
  await Deno.writeTextFile(setup.program, "# mine\n", { append: true });
  const run = join(setup.scratch.home, ".ai-orch", "runs", "1");
  await Deno.mkdir(run, { recursive: true });

  const removed = await setup.install("--uninstall");
  assertOk(removed);
  assertStringIncludes(removed.stdout, `Left ${profile}`);
  assertStringIncludes(removed.stdout, `Left ${setup.program}`);
  assert(await exists(profile));
  assert(await exists(setup.program));
  assert(await exists(run));
  assert(await exists(join(setup.scratch.home, ".ai-orch", ".gitignore")));
  assertEquals(await exists(join(setup.codexHome, "spark.config.toml")), false);
  const nothing = await setup.install("--uninstall");
  assertOk(nothing);
  assertStringIncludes(nothing.stdout, "Nothing to remove");
});

Deno.test("install.ts --uninstall leaves a workspace with settings, and names every place where something is", async () => {
  await using setup = await setUp();
  const { env, scratch } = setup;
  const workspace = join(scratch.home, ".ai-orch");
  const config = join(workspace, "config.jsonc");
  assertOk(await setup.install());
  const project = join(scratch.dir, "shop", ".ai-orch");
  const state = join(workspace, "workspaces", "shop-0123456789abcdef");
  const id = "20260102-030405-a1b2";
  const run = join(state, "runs", id);
  const places = [
    [project, "settings and prompts of a project"],
    [join(scratch.home, "trees"), "worktrees of runs"],
    [join(env["TMPDIR"] ?? "", "agentctl-demo-0123abcd"), "a demo"],
  ];
  for (
    const path of [
      run,
      join(state, "active"),
      ...places.map(([path]) => path),
    ]
  ) {
    await Deno.mkdir(path ?? "", { recursive: true, mode: 0o700 });
  }
  const cache = join(env["TMPDIR"] ?? "", "deno-compile-agentctl.cache");
  for (const path of [cache, join(state, "active", id), join(run, "lock")]) {
    await Deno.writeTextFile(path, "");
  }
  await Deno.writeTextFile(
    join(state, "workspace.json"),
    JSON.stringify({ schema: 1, workspace: project }),
  );
  await Deno.writeTextFile(config, '{ "worktree_folder": "~/trees" }\n');
  const before = await setup.files();
  {
    // As a supervisor holds it.
    using lock = await Deno.open(join(run, "lock"), { write: true });
    await lock.lock(true);
    const refused = await setup.install("--uninstall");
    assertEquals(refused.code, 5);
    assertStringIncludes(refused.stderr, `1 run (${id}) still working`);
    assertEquals(await setup.files(), before);
  }

  const removed = await setup.install("--uninstall");
  assertOk(removed);
  for (
    const [path, what] of [
      ...places,
      [cache, "compiled code of agentctl 0.1.0"],
      [workspace, "settings, and 1 run"],
    ]
  ) assertStringIncludes(removed.stdout, `  ${path}  (${what})`);
  assertStringIncludes(removed.stdout, "it holds your runs and settings");
  assertEquals(await exists(setup.program), false);
  const after = await setup.files();
  for (const name of ["config.jsonc", "projects.json", "runs", ".gitignore"]) {
    const path = join("home", ".ai-orch", name);
    assertEquals(after[path], before[path], name);
  }
  assertEquals(await exists(join(dirname(config), "install.json")), false);
});

Deno.test("install.ts makes a workspace whole that was half made, and takes back what it added", async () => {
  await using setup = await setUp();
  // As a run before the installation, or an installation that was cut off, left it.
  const workspace = join(setup.scratch.home, ".ai-orch");
  await Deno.mkdir(join(workspace, "runs"), { recursive: true, mode: 0o700 });
  const before = await setup.files();
  const installed = await setup.install("--no-profiles", "--no-claude");
  assertOk(installed);
  assertStringIncludes(installed.stdout, "Completed");
  const added = Object.keys(await setup.files()).filter((name) =>
    !(name in before) && name.includes(".ai-orch")
  ).map((name) => basename(name));
  assertEquals(added.sort(), [".gitignore", "config.jsonc", "install.json"]);
  assertOk(await setup.install("--uninstall"));
  assert(await exists(join(workspace, "runs")));
});

Deno.test("install.ts says what comes before the program on PATH", async () => {
  await using setup = await setUp();
  const { env, program, scratch } = setup;
  const other = join(scratch.bin, "agentctl");
  env.PATH = `${env.PATH}:${dirname(program)}`;
  await Deno.writeTextFile(other, "#!/bin/sh\n", { mode: 0o755 });
  const shadowed = await setup.install("--no-profiles");
  assertOk(shadowed);
  assertStringIncludes(shadowed.stdout, other);

  await Deno.remove(other);
  const reached = await setup.install("--no-profiles");
  assertOk(reached);
  assertEquals(reached.stdout.includes("PATH"), false, reached.stdout);
});

Deno.test("install.ts says why the program does not start, and tidies up", async () => {
  await using setup = await setUp();
  await Deno.writeTextFile(
    join(setup.checkout, "src", "main.ts"),
    'throw new Error("broken on purpose");',
  );
  const before = await setup.files();
  const { code, stderr } = await setup.install("--no-profiles");
  assertEquals(code, 5);
  assertStringIncludes(stderr, "broken on purpose");
  const left = await Array.fromAsync(Deno.readDir(dirname(setup.program)));
  assertEquals(left, []);
  assertOk(await setup.install("--uninstall"));
  assertEquals(await setup.files(), before);
});

Deno.test("install.ts refuses an invalid home, workspace or bin folder", async () => {
  await using setup = await setUp();
  const { env, scratch } = setup;
  const file = join(scratch.home, "file");
  await Deno.writeTextFile(file, "");
  const before = await setup.files();
  const refusal = async (named: string, ...args: string[]) => {
    const { code, stderr } = await setup.install("--no-profiles", ...args);
    assertEquals(code, 5);
    assertStringIncludes(stderr, named);
  };
  for (const home of ["", "home"]) {
    env.HOME = home;
    await refusal(home === "" ? "HOME is not set" : `HOME is "${home}"`);
  }
  env.HOME = scratch.home;
  await refusal(file, "--bin-dir", file);
  assertOk(await setup.install("--uninstall"));
  assertEquals(await setup.files(), before);

  const workspace = join(scratch.home, ".ai-orch");
  await Deno.writeTextFile(workspace, "mine");
  await refusal(workspace);
  assertEquals(await Deno.readTextFile(workspace), "mine");
  assertEquals(await exists(setup.program), false);
});

Deno.test("install.ts adds tables for an older Codex and takes exactly them back", async () => {
  await using setup = await setUp();
  const help = join(REPOSITORY, "tests", "codex", "help");
  await Deno.writeTextFile(
    join(setup.scratch.bin, "codex"),
    `#!/bin/sh
case "$*" in
--version) echo codex-cli 0.128.0 ;;
"exec --help") cat '${help}/0.128.0_exec.txt' ;;
"exec resume --help") cat '${help}/0.128.0_resume.txt' ;;
*) exit 1 ;;
esac
`,
    { mode: 0o755 },
  );
  // A link into a folder of the user's own, and no newline at the end.
  const real = join(setup.scratch.home, "dotfile.toml");
  const text = "model = 'x'\n[profiles.deep]\nmodel = 'mine'";
  await Deno.writeTextFile(real, text);
  await Deno.chmod(real, 0o660);
  await Deno.symlink(real, join(setup.codexHome, "config.toml"));

  assertOk(await setup.install());
  const config = await Deno.readTextFile(real);
  assert(config.startsWith(text), config);
  assertEquals(config.match(/^\[profiles\.\w+\]$/gm), [
    "[profiles.deep]",
    "[profiles.spark]",
    "[profiles.review]",
  ]);
  assertEquals((await Deno.stat(real)).mode! & 0o777, 0o660);
  assertStringIncludes((await setup.install()).stdout, "Nothing to change");
  assertEquals(await Deno.readTextFile(real), config);

  await Deno.writeTextFile(real, config + "\n[mine]\n");
  assertOk(await setup.install("--uninstall"));
  assertEquals(await Deno.readTextFile(real), text + "\n[mine]\n");
});

Deno.test("install.ts installs no profiles into a config that does not parse", async () => {
  for (const codex of [true, false]) {
    await using setup = await setUp({ codex });
    await Deno.writeTextFile(
      join(setup.codexHome, "config.toml"),
      "a = 1\nx = [\n",
    );
    const installed = await setup.install();
    assertEquals(installed.code, 5);
    assertStringIncludes(installed.stderr, "config.toml");
    assert(await exists(setup.program));
    assertEquals(
      await exists(join(setup.codexHome, "spark.config.toml")),
      false,
    );
  }
});

Deno.test("install.ts without Codex installs profiles in the form of today's", async () => {
  await using setup = await setUp();
  delete setup.env.CODEX_HOME;
  const installed = await setup.install();
  assertOk(installed);
  assertStringIncludes(installed.stdout, "Codex is not on PATH");
  const profile = join(setup.scratch.home, ".codex", "spark.config.toml");
  const text = await Deno.readTextFile(profile);
  assertMatch(text, /^model_reasoning_effort = /m);
  assertEquals(/^model = /m.test(text), false);
});

Deno.test("install.ts --claude teaches Claude Code, and --uninstall takes exactly that back", async () => {
  await using setup = await setUp();
  const { scratch } = setup;
  for (const elsewhere of [false, true]) {
    if (elsewhere) {
      setup.env.CLAUDE_CONFIG_DIR = join(scratch.home, "claude");
      await Deno.mkdir(join(scratch.home, "claude", "skills", "mine"), {
        recursive: true,
      });
    }
    const folder = join(
      scratch.home,
      elsewhere ? "claude" : ".claude",
      "skills",
      "agentctl",
    );
    const before = await setup.files();
    const flags = ["--no-profiles", "--claude"];
    const planned = await setup.install(...flags, "--dry-run");
    assertOk(planned);
    assertStringIncludes(planned.stdout, folder);
    assertEquals(await setup.files(), before);

    const installed = await setup.install(...flags);
    assertOk(installed);
    assertStringIncludes(installed.stdout, folder);
    assert(await exists(join(folder, "SKILL.md")));
    const after = await setup.files();
    const again = await setup.install("--no-profiles");
    assertOk(again);
    assertStringIncludes(again.stdout, "Nothing to change");
    assertEquals(await setup.files(), after);

    assertOk(await setup.install("--uninstall", "--dry-run"));
    assertEquals(await setup.files(), after);
    assertOk(await setup.install("--uninstall"));
    assertEquals(await setup.files(), before);
  }
});

Deno.test("install.ts leaves Claude Code alone where nobody can answer, and what is not its own", async () => {
  await using setup = await setUp();
  const { checkout, env, scratch } = setup;
  const claudeHome = join(scratch.home, ".claude");
  await Deno.mkdir(claudeHome);
  const names = () =>
    Array.fromAsync(Deno.readDir(claudeHome), ({ name }) => name);
  const silent = await setup.install("--no-profiles", "--no-claude");
  assertOk(silent);
  assertEquals(silent.stdout.includes("Claude"), false, silent.stdout);
  const told = await setup.install("--no-profiles");
  assertOk(told);
  assertStringIncludes(told.stdout, '"agentctl claude install"');
  assertStringIncludes(told.stdout, "Nothing to change");
  assertEquals(await names(), []);

  // The user has installed it by the program.
  const program = [
    ...[Deno.execPath(), "run", "-q", "-P", "--no-prompt", "--config"],
    ...["deno.json", "src/main.ts"].map((path) => join(checkout, path)),
  ];
  await installPlugin(env, { mcp: false, program });
  const before = await setup.files();
  assertOk(await setup.install("--no-profiles", "--claude"));
  const removed = await setup.install("--uninstall");
  assertOk(removed);
  assertStringIncludes(removed.stdout, join(claudeHome, "skills", "agentctl"));
  const after = await setup.files();
  for (const [path, content] of Object.entries(before)) {
    if (path.startsWith(join("home", ".claude"))) {
      assertEquals(after[path], content, path);
    }
  }
});

Deno.test("install.ts asks in a terminal, and Enter means yes", async () => {
  await ensureTmux();
  await using setup = await setUp();
  const { checkout, env, scratch } = setup;
  await Deno.writeTextFile(join(scratch.bin, "claude"), "#!/bin/sh\n", {
    mode: 0o755,
  });
  await using tmux = await startPrivateTmux({
    dir: join(scratch.dir, "t"),
    width: 200,
    height: 50,
    env,
  });
  await tmux.run("set-option", "-g", "remain-on-exit", "on");
  const skill = join(scratch.home, ".claude", "skills", "agentctl", "SKILL.md");
  const variables = Object.entries(env).flatMap(([name, value]) => [
    "-e",
    `${name}=${value}`,
  ]);
  for (const answer of ["no", ""]) {
    const pane = await tmux.run(
      ...["new-window", "-d", "-P", "-F", "#{pane_id}", ...variables, "--"],
      ...[Deno.execPath(), "run", "-A", "-q", join(checkout, "install.ts")],
      "--no-profiles",
    );
    await tmux.waitForText(pane, "Claude Code to use agentctl? [Y/n]");
    await tmux.run("send-keys", "-t", pane, ...answer ? [answer] : [], "Enter");
    // tmux 3.3a does not always write on the pane that it is dead.
    const isDead = () =>
      tmux.run("display-message", "-p", "-t", pane, "#{pane_dead}");
    await until(
      "the installer ends",
      async (see) => see(await isDead()).trim() === "1",
    );
    assertEquals(await exists(skill), answer === "");
  }
});

Deno.test("install.ts refuses wrong options and a list that it cannot read", async () => {
  await using setup = await setUp();
  const before = await setup.files();
  for (
    const [args, words] of [
      [
        ["--cluade"],
        'did you mean "--claude" (see deno task install --help)',
      ],
      [
        ["--nosuch"],
        "has no such option; see deno task install --help",
      ],
      [["--bin-dir"], 'it needs a value, as in "--bin-dir DIR"'],
      [["--bin-dir="], "give a folder; see --help"],
      [["word"], 'argument "word" is unexpected; see --help'],
      [["--claude", "--no-claude"], "give one of them; see --help"],
    ] as const
  ) {
    const { code, stderr } = await setup.install(...args);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, words);
  }
  const help = await setup.install("--help");
  assertOk(help);
  assertStringIncludes(help.stdout, "--bin-dir DIR");
  assertEquals(await setup.files(), before);

  const workspace = join(setup.scratch.home, ".ai-orch");
  await Deno.mkdir(workspace);
  await Deno.writeTextFile(join(workspace, "install.json"), "{");
  for (const args of [[], ["--uninstall"]]) {
    const { code, stderr } = await setup.install(...args);
    assertEquals(code, 5);
    assertStringIncludes(stderr, "install.json");
  }
  assertEquals(await Deno.readTextFile(join(workspace, "install.json")), "{");
});
