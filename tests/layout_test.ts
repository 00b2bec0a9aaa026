import { assertEquals } from "@std/assert";
import { walk } from "@std/fs";
import {
  basename,
  dirname,
  fromFileUrl,
  join,
  normalize,
  relative,
} from "@std/path";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));

/** What everything may stand on. */
const GROUND = ["files", "text", "system"];

/** What a run is and whose it is, with the drawing of words for a terminal. */
const RUNS = ["owners", "run", "workspace", "terminal", ...GROUND];

/** From the start of a run to what comes after its end. */
const LIVES = ["lifecycle", "queue", "guard", "task", ...RUNS];

/** All that is done with runs. */
const FLEET = ["fleet", "worktrees", ...LIVES];

/** All that is done with runs, and how it looks. */
const SHOWN = ["view", "wake", ...FLEET];

/** What each room of `src/` may import of ours, from the top to the leaves. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "main.ts": ["cli", "system"],
  cli: [
    "claude/hooks",
    "claude/orchestrator",
    "claude/plugin",
    "demo",
    "doctor",
    "mcp",
    "stand_in",
    "supervisor",
    // Of git it asks which pager the user has.
    "git",
    ...SHOWN,
  ],
  // As cli: the same commands, for a model.
  mcp: ["permission", ...SHOWN],
  // It makes the repository in which the demo takes place, and ends the tmux server.
  demo: ["codex", "git", "stand_in", "tmux", ...SHOWN],
  // It asks each program itself: what is wrong must not go through what may be broken.
  // Of claude it asks whether the plugin is up to date.
  doctor: ["claude/plugin", "permission", "codex", "tmux", ...FLEET],
  // Of install.ts alone, which runs with all permissions: no command may import it.
  // Of claude it installs the plugin: to take that back it needs no program that still runs.
  // Of terminal it reads options, as the commands do.
  install: ["claude/plugin", "workspace", "codex", "terminal", ...GROUND],
  // It opens a pane of its own, and tells Claude Code which tools there are.
  "claude/orchestrator": [
    "claude/hooks",
    "claude/plugin",
    "permission",
    "tmux",
    ...FLEET,
  ],
  "claude/plugin": ["claude/hooks", ...GROUND],
  // It tells Claude Code which profiles there are, and asks tmux how much room a dialog has.
  "claude/hooks": ["permission", "codex", "tmux", ...SHOWN],
  // Of codex it asks what a profile grants.
  permission: ["codex", ...FLEET],
  // Processes of their own, so that no run waits until Claude Code has been told.
  wake: ["view", "tmux", ...FLEET],
  supervisor: ["transport", "codex", "tmux", "git", ...FLEET],
  view: FLEET,
  fleet: ["worktrees", "codex", "tmux", ...LIVES],
  worktrees: ["git", ...LIVES],
  lifecycle: ["queue", "guard", "task", "tmux", ...RUNS],
  // Of codex it asks whose limits a run would use up.
  queue: ["codex", ...RUNS],
  guard: ["codex", ...RUNS],
  task: ["codex", ...RUNS],
  owners: ["run", "workspace", ...GROUND],
  run: ["workspace", ...GROUND],
  workspace: GROUND,
  // One turn of Codex after another, and nothing of what a run is.
  transport: ["codex", "run", ...GROUND],
  codex: GROUND,
  tmux: GROUND,
  git: GROUND,
  terminal: GROUND,
  stand_in: GROUND,
  files: ["text", "system"],
  text: ["system"],
  system: [],
};

/** These may know each other's types, and nothing else of each other. */
const LEAVES = ["codex", "tmux", "git", "terminal", "stand_in"];

/** Files outside `src/` that are embedded. */
const EMBEDDED: Record<string, readonly string[]> = {
  "claude/orchestrator": ["prompts"],
  "claude/plugin": ["prompts"],
  codex: ["config"],
  workspace: ["config", "prompts"],
  system: ["deno.json"],
};

/** The only files that start programs. */
const STARTS_PROGRAMS = [
  // It starts Deno; the installer has all permissions.
  "src/install/run_program.ts",
  "src/system/command.ts",
  // It hands the terminal over: to tmux, claude, or a pager.
  "src/system/terminal_program.ts",
];

/**
 * The only files that start git, but for `git --version` in doctor: one for
 * repositories, with what it asks before, and one for outside all.
 */
const STARTS_GIT = [
  "src/git/git_command.ts",
  "src/git/obedience.ts",
  "src/git/pager.ts",
  "src/system/shell.ts",
];

/** Packages that one part alone may use; `@std` and zod are for all. */
const FOREIGN: Record<string, string> = {
  "@modelcontextprotocol/sdk": "src/mcp/sdk.ts",
};

const MOST_LINES = 320;

interface Source {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
}

async function readSources(): Promise<Source[]> {
  const sources: Source[] = [];
  for await (
    const { path } of walk(join(ROOT, "src"), { includeDirs: false })
  ) {
    const text = await Deno.readTextFile(path);
    sources.push({ path: relative(ROOT, path).replaceAll("\\", "/"), text });
  }
  return sources;
}

/** Imports that the table does not allow, each as `file imports part`. */
function forbiddenImports({ path, text }: Source): string[] {
  const part = partOf(path);
  const allowed = MAY_IMPORT[part];
  if (allowed === undefined) return [`${path}: "${part}" is not in the table`];
  return importsOf(text).flatMap(({ specifier, typesOnly }) => {
    const target = normalize(join(dirname(path), specifier));
    const other = partOf(target);
    if (other === part || allowed.includes(other)) return [];
    if (!target.startsWith("src/") && EMBEDDED[part]?.includes(other)) {
      return [];
    }
    if (typesOnly && LEAVES.includes(part) && LEAVES.includes(other)) return [];
    return [`${path} imports ${target}`];
  });
}

/** `codex` of `src/codex/events.ts`, `claude/hooks` of what is there, `config` of `config/config.jsonc`. */
function partOf(path: string): string {
  const [first = "", second = "", third = ""] = path.split("/");
  if (first !== "src") return first;
  return second === "claude" ? `${second}/${third}` : second;
}

/** The relative imports and re-exports of a module. */
function importsOf(
  text: string,
): { specifier: string; typesOnly: boolean }[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s+)?([^;"]*?)\s*(?:from\s*)?"(\.[^"]+)"/gm,
  );
  const lazy = text.matchAll(/\bimport\(\s*"(\.[^"]+)"/g);
  return [
    ...[...statements].map(([, type, names = "", specifier = ""]) => ({
      specifier,
      typesOnly: type !== undefined || areTypes(names),
    })),
    ...[...lazy].map(([, specifier = ""]) => ({ specifier, typesOnly: false })),
  ];
}

function areTypes(names: string): boolean {
  const list = /^\{(.*)\}$/s.exec(names)?.[1]?.split(",")
    .map((name) => name.trim()).filter((name) => name !== "") ?? [];
  return list.length > 0 && list.every((name) => name.startsWith("type "));
}

Deno.test("imports in src point down", async () => {
  const sources = await readSources();
  assertEquals(
    sources.filter(isModule).flatMap(forbiddenImports),
    [],
  );
});

Deno.test("the check of imports finds those that point up, and lets types pass between leaves", () => {
  const imports = (path: string, text: string) =>
    forbiddenImports({ path, text }).length;
  assertEquals(
    imports("src/run/a.ts", 'import { x } from "../fleet/start.ts";'),
    1,
  );
  assertEquals(
    imports("src/cli/a.ts", 'import {\n  a,\n  b,\n} from "../tmux/panes.ts";'),
    1,
  );
  assertEquals(imports("src/tmux/a.ts", 'export * from "../git/pager.ts";'), 1);
  assertEquals(imports("src/run/a.ts", 'await import("../cli/wait.ts");'), 1);
  assertEquals(imports("src/run/a.ts", 'import "../cli/wait.ts";'), 1);
  assertEquals(imports("src/new/a.ts", ""), 1);
  const types = 'import type { A } from "../codex/events.ts";';
  assertEquals(imports("src/terminal/a.ts", types), 0);
  assertEquals(imports("src/system/a.ts", types), 1);
  const named = 'import { type A, type B } from "../codex/events.ts";';
  assertEquals(imports("src/terminal/a.ts", named), 0);
  const mixed = 'import { type A, b } from "../codex/events.ts";';
  assertEquals(imports("src/terminal/a.ts", mixed), 1);
  const embedded = 'import t from "../../config/a.toml" with { type: "text" };';
  assertEquals(imports("src/codex/a.ts", embedded), 0);
  assertEquals(imports("src/fleet/a.ts", embedded), 1);
});

/** Each file that imports itself in the end, as the files on that way; lazy imports and those of types count. */
function circles(sources: readonly Source[]): string[] {
  const targets = new Map(sources.map(({ path, text }) => [
    path,
    importsOf(text).map(({ specifier }) =>
      normalize(join(dirname(path), specifier))
    ),
  ]));
  const done = new Set<string>();
  const found: string[] = [];
  const follow = (path: string, way: readonly string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path].join(" > "));
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) {
      follow(target, [...way, path]);
    }
    done.add(path);
  };
  for (const path of targets.keys()) follow(path, []);
  return found;
}

Deno.test("no file imports itself through others, not even for a type", async () => {
  assertEquals(circles((await readSources()).filter(isModule)), []);
  const source = (path: string, target: string) => ({
    path,
    text: `import type { A } from "./${target}.ts";`,
  });
  assertEquals(
    circles([
      ...[source("src/a.ts", "b"), source("src/b.ts", "c")],
      ...[source("src/c.ts", "b"), source("src/d.ts", "a")],
    ]),
    ["src/b.ts > src/c.ts > src/b.ts"],
  );
});

Deno.test("packages for one purpose are imported in one file", async () => {
  const modules = (await readSources()).filter(isModule);
  for (const [name, home] of Object.entries(FOREIGN)) {
    const users = modules.filter(({ text }) => text.includes(`"${name}`));
    assertEquals(users.map(({ path }) => path), [home]);
  }
});

Deno.test("files in src are snake_case and short", async () => {
  const wrong = (await readSources()).filter(({ path, text }) =>
    !/^(([a-z0-9]+_)*[a-z0-9]+(\.d)?\.ts|README\.md)$/.test(basename(path)) ||
    text.split("\n").length > MOST_LINES
  );
  assertEquals(wrong.map(({ path }) => path), []);
});

Deno.test("src has no deno-lint-ignore or ts-ignore", async () => {
  const wrong = (await readSources()).filter(({ path, text }) =>
    isModule({ path }) &&
    /deno-lint-ignore|@ts-(ignore|nocheck|expect-error)|\bas any\b/.test(text)
  );
  assertEquals(wrong.map(({ path }) => path), []);
});

/** Ways to swallow an error without a word; `then(…, () => {})` and callbacks without the error count. */
const SWALLOWS =
  /\bcatch \{|\.catch\(\s*(?:async )?\(\)|\.then\(\s*[^;]*?,\s*\(\)(?:: [^=]+)? => (?:null|true|false|undefined|\[\]|\{\}|""|\(\{)/g;

/** The `catch` blocks of a module that have a name for the error and do not use it. */
function unusedErrors(text: string): string[] {
  return [...text.matchAll(/^( *)\} catch \((\w+)\) \{\n(.*?)^\1\}/gms)]
    .filter(([, , name = "", body = ""]) =>
      !new RegExp(`\\b${name}\\b`).test(body)
    )
    .map(([block]) => block);
}

Deno.test("no error is swallowed without a reason: what is ignored goes through ignore.ts", async () => {
  const found = (text: string) => [
    ...[...text.matchAll(SWALLOWS)].map(([words]) => words),
    ...unusedErrors(text),
  ];
  assertEquals(
    (await readSources()).filter(isModule).flatMap(({ path, text }) =>
      found(text).map((words) => `${path}: ${words}`)
    ),
    [],
  );
  for (
    const swallowing of [
      "try { f(); } catch { return 0; }",
      "await f().catch(() => {});",
      "await f()\n  .catch(\n    () => null,\n  );",
      "f().catch(async () => await g());",
      "await f().then((value) => [value], () => []);",
      "await f().then(\n  ({ uid }) => uid,\n  () => null,\n);",
      "try {\n  f();\n} catch (error) {\n  g();\n}",
    ]
  ) assertEquals(found(swallowing).length, 1, swallowing);
  for (
    const telling of [
      'await f().catch(ignored("it may be gone"));',
      'await f().then(g, instead(null, "it may be gone"));',
      "try {\n  f();\n} catch (error) {\n  g(error);\n}",
    ]
  ) assertEquals(found(telling), [], telling);
});

Deno.test("programs are started in few files, and signals sent in none", async () => {
  const modules = (await readSources()).filter(isModule);
  const starting = modules.filter(({ text }) =>
    /\bnew Deno\.Command\(/.test(text)
  );
  assertEquals(
    starting.map(({ path }) => path)
      .filter((path) => !STARTS_PROGRAMS.includes(path)),
    [],
  );
  const forbidden = modules.filter(({ text }) =>
    /\bDeno\.(kill|uid|gid|loadavg|networkInterfaces|dlopen|connect|listen)\b|\bfetch\(/
      .test(text)
  );
  assertEquals(forbidden.map(({ path }) => path), []);
  const naming = modules.filter(({ text }) => /\bDeno\.hostname\b/.test(text));
  assertEquals(naming.map(({ path }) => path), ["src/system/host.ts"]);
});

/** A loop that only ends when something happens: a wake that fails would hang the suite. */
const ENDLESS =
  /\bwhile \(|\bfor \([^;()]*;;\s*\)|for await \(const (_|event) of/;

Deno.test("tests wait by until(), which has a deadline, and not in loops", async () => {
  const found: string[] = [];
  for await (const { path } of walk(join(ROOT, "tests"), { exts: [".ts"] })) {
    const name = relative(ROOT, path);
    if (name === "tests/support/until.ts" || name.includes(".cache")) continue;
    const lines = (await Deno.readTextFile(path)).split("\n");
    found.push(
      ...lines.filter((line) =>
        ENDLESS.test(line) && !/["'`].*while/.test(line)
      )
        .map((line) => `${name}: ${line.trim()}`),
    );
  }
  assertEquals(found, []);
});

Deno.test("git is started in few places, each of which says whom it obeys", async () => {
  const starting = (await readSources()).filter(isModule).filter(({ text }) =>
    /\b(runCommand|Deno\.Command|spawn\w*)\(\s*"git"/.test(text)
  );
  assertEquals(starting.map(({ path }) => path).sort(), STARTS_GIT);
});

Deno.test("the top level holds what belongs there", async () => {
  const expected = [
    ...[".ci", ".github", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md"],
    ...["LICENSE", "README.md", "bench", "config", "deno.json", "deno.lock"],
    ...["docs", "install.ts", "prompts", "src", "tests"],
  ];
  // Not in the repository, each by .gitignore; git keeps no empty folder.
  const optional = [".ai-orch", ".git", "bench", "dist", "node_modules"];
  const names = (await Array.fromAsync(Deno.readDir(ROOT)))
    .map(({ name }) => name);
  const missing = expected.filter((name) =>
    !names.includes(name) && !optional.includes(name)
  );
  const surplus = names.filter((name) =>
    !expected.includes(name) && !optional.includes(name)
  );
  assertEquals({ missing, surplus }, { missing: [], surplus: [] });
});

/** `std.d.ts` describes foreign code and is no module of ours. */
function isModule({ path }: Pick<Source, "path">): boolean {
  return !path.endsWith(".d.ts");
}

Deno.test("each room of src says at its top what it is, and files are where they belong", async () => {
  const rooms = Object.keys(MAY_IMPORT).filter((room) => room !== "main.ts");
  const sources = (await readSources()).filter(({ path }) =>
    isModule({ path })
  );
  for (const room of rooms) {
    const words = await Deno.readTextFile(join(ROOT, "src", room, "README.md"));
    assertEquals(words.trim().split("\n").length, 1, `src/${room}/README.md`);
  }
  // A file that passes on what others hold is one more place to look at.
  const barrels = sources.filter(({ text }) =>
    /^export (\*|(type )?\{[^}]*\}) from "\./m.test(text)
  );
  assertEquals(barrels.map(({ path }) => path), []);
});
