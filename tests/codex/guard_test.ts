import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readGrants } from "../../src/codex/grants.ts";
import { type GuardWish, tomlString } from "../../src/codex/guard.ts";
import { planGuard } from "../../src/codex/plan_guard.ts";
import { tomlKeys } from "../../src/codex/toml_keys.ts";
import { makeScratch, type Scratch } from "../support/scratch.ts";

const NOTHING_GRANTED = {
  writable_roots: [],
  network: false,
  slash_tmp: false,
  tmpdir: false,
  instructions: null,
};

async function makeFolders(
  { dir }: Scratch,
  ...names: string[]
): Promise<string[]> {
  const paths = names.map((name) => join(dir, name));
  for (const path of paths) await Deno.mkdir(path, { recursive: true });
  return paths;
}

function wishFor(cwd: string, change: Partial<GuardWish> = {}): GuardWish {
  return {
    sandbox: "workspace-write",
    cwd,
    isWorktree: false,
    grants: NOTHING_GRANTED,
    tmpdir: null,
    paths: [".claude"],
    folders: [],
    places: [],
    scratch: [],
    allowed: [],
    hidden: [],
    ...change,
  };
}

/** What a profile says of each path. */
function accessOf(profile: string): Record<string, string> {
  return Object.fromEntries(
    tomlKeys(`p=${profile}`).flatMap(({ path, value }) =>
      typeof value === "string" && path[1] === "filesystem"
        ? [[path.slice(2).join(" "), value]]
        : []
    ),
  );
}

Deno.test("planGuard() protects what is missing, and says that it has to exist", async () => {
  await using scratch = await makeScratch();
  const [cwd = ""] = await makeFolders(scratch, "project");
  const plan = await planGuard(wishFor(cwd, { paths: [".claude", "a/b"] }));
  assertEquals(accessOf(plan.profile), {
    ":workspace_roots .claude": "read",
    ":workspace_roots a": "write",
    ":workspace_roots a/b": "read",
    ":slash_tmp": "read",
    ":tmpdir": "read",
  });
  assertEquals(
    plan.needed,
    [".claude", "a", "a/b"].map((name) => join(cwd, name)),
  );
  assertEquals(plan.uncovered, []);
});

Deno.test("planGuard() pins every folder with which something could be moved away", async () => {
  await using scratch = await makeScratch();
  const [area = "", cwd = "", home = ""] = await makeFolders(
    scratch,
    "area",
    "area/x/project",
    "area/y/home",
  );
  const plan = await planGuard(wishFor(cwd, {
    grants: { ...NOTHING_GRANTED, writable_roots: [area] },
    places: [join(home, ".claude"), "/nowhere/else"],
  }));
  const access = accessOf(plan.profile);
  for (const name of ["x", "y", "y/home"]) {
    assertEquals(access[join(area, name)], "write", name);
  }
  assertEquals(access[join(home, ".claude")], "read");
  // Where it may write nothing anyway, nothing has to be said.
  assertEquals(access["/nowhere/else"], undefined);
  assertEquals(plan.read_only.includes("/nowhere/else"), true);
});

Deno.test("planGuard() protects the paths in every folder that may be written", async () => {
  await using scratch = await makeScratch();
  const [cwd = "", other = "", inside = "", outside = ""] = await makeFolders(
    scratch,
    "project",
    "other",
    "project/packages/a",
    "outside",
  );
  const plan = await planGuard(wishFor(cwd, {
    grants: { ...NOTHING_GRANTED, writable_roots: [other] },
    folders: [inside, outside, join(scratch.dir, "missing")],
  }));
  assertEquals(
    plan.read_only,
    [cwd, other, inside].map((folder) => join(folder, ".claude")),
  );
});

Deno.test("planGuard() tells what it cannot cover: links that can be replaced, and the run's own folder", async () => {
  await using scratch = await makeScratch();
  const [cwd = "", decoy = "", place = ""] = await makeFolders(
    scratch,
    "project",
    "project/decoy",
    "place/skills",
  );
  await Deno.symlink(decoy, join(cwd, ".claude"));
  const linked = await planGuard(wishFor(cwd));
  assertEquals(linked.uncovered.map(({ path }) => path), [
    join(cwd, ".claude"),
  ]);
  const within = await planGuard(
    wishFor(place, { places: [join(place, "..")] }),
  );
  assertEquals(within.uncovered.length, 1);
  // agentctl puts worktrees into a place of its own.
  const worktree = await planGuard(
    wishFor(place, { places: [join(place, "..")], isWorktree: true }),
  );
  assertEquals(worktree.uncovered, []);
  // A link that nobody can replace is followed.
  const [home = "", real = ""] = await makeFolders(scratch, "home", "real");
  await Deno.symlink(real, join(home, ".claude"));
  const followed = await planGuard(wishFor(cwd, {
    paths: [],
    places: [join(home, ".claude")],
    grants: { ...NOTHING_GRANTED, writable_roots: [real] },
  }));
  assertEquals(followed.read_only, [real]);
});

Deno.test("planGuard() opens what a task may change, but no link in it", async () => {
  await using scratch = await makeScratch();
  const [cwd = ""] = await makeFolders(scratch, "project/.claude");
  const skills = join(cwd, "skills");
  const project = join(cwd, "..");
  const plan = await planGuard(wishFor(project, {
    allowed: [join(project, ".claude/skills")],
  }));
  assertEquals(
    accessOf(plan.profile)[":workspace_roots .claude/skills"],
    "write",
  );
  assertEquals(plan.needed.includes(skills), true);
  await Deno.symlink("/etc", skills);
  const linked = await planGuard(wishFor(project, {
    allowed: [join(project, ".claude/skills")],
  }));
  assertEquals(linked.uncovered.length, 1);
});

Deno.test("planGuard() hides what exists, and nothing twice", async () => {
  await using scratch = await makeScratch();
  const [cwd = "", sockets = ""] = await makeFolders(
    scratch,
    "project",
    "tmux",
  );
  await Deno.writeTextFile(join(sockets, "default"), "");
  const plan = await planGuard(wishFor(cwd, {
    sandbox: "read-only",
    hidden: [sockets, join(sockets, "default"), join(scratch.dir, "missing")],
  }));
  assertEquals(plan.hidden, [sockets]);
  assertStringIncludes(plan.profile, 'extends=":read-only"');
});

Deno.test("planGuard() takes a folder whose name is a pattern, and not a place of such a name", async () => {
  await using scratch = await makeScratch();
  const [cwd = "", place = ""] = await makeFolders(scratch, "[id]", "x*/y");
  const plan = await planGuard(wishFor(cwd));
  assertEquals(plan.uncovered, []);
  assertEquals(accessOf(plan.profile)[":workspace_roots .claude"], "read");
  const other = await planGuard(wishFor(cwd, {
    places: [place],
    grants: { ...NOTHING_GRANTED, writable_roots: [join(place, "..")] },
  }));
  assertEquals(other.uncovered.length > 0, true);
});

Deno.test("readGrants() reads the sandbox of a profile above that of config.toml", async () => {
  await using scratch = await makeScratch();
  const home = scratch.env["CODEX_HOME"] ?? "";
  await Deno.writeTextFile(
    join(home, "config.toml"),
    `developer_instructions = "Be kind"
[sandbox_workspace_write]
writable_roots = ["/data", "~/cache", "near"]
network_access = true
exclude_slash_tmp = true
`,
  );
  await Deno.writeTextFile(
    join(home, "own.config.toml"),
    "sandbox_workspace_write = { network_access = false, exclude_tmpdir_env_var = true }\n",
  );
  const common = {
    writable_roots: ["/data", join(scratch.home, "cache"), join(home, "near")],
    slash_tmp: false,
    instructions: "Be kind",
  };
  assertEquals(await readGrants(scratch.env, null), {
    ...common,
    network: true,
    tmpdir: true,
  });
  assertEquals(await readGrants(scratch.env, "own"), {
    ...common,
    network: false,
    tmpdir: false,
  });
});

Deno.test("tomlString() writes every character on one line", () => {
  const text = 'a"b\\c\n\t\u007f\u0001é𝄞';
  assertEquals(tomlKeys(`key = ${tomlString(text)}`)[0]?.value, text);
});
