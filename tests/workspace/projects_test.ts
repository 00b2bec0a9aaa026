import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  addProject,
  type Project,
  readProjects,
  removeProject,
  resolveProject,
} from "../../src/workspace/projects.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { runSource, sourceUrl } from "../system/source_process.ts";
import { listing, makeWorkspace } from "./make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

function project(name: string, path: string): Project {
  return {
    name,
    path,
    default_profile: null,
    verify: null,
    verify_unconfined: false,
    worktree: false,
    setup: null,
  };
}

Deno.test("addProject() keeps all of 20 that are added at once by several processes", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const names = Array.from(
    { length: 20 },
    (_, i) => `p${String(i).padStart(2, "0")}`,
  );
  // Four in a process race within it as well.
  const groups = Array.from(
    { length: 5 },
    (_, i) => names.slice(i * 4, i * 4 + 4),
  );
  await Promise.all(groups.map((group) =>
    runSource(
      `import { addProject } from ${sourceUrl("src/workspace/projects.ts")};
       const [root, path, ...names] = Deno.args;
       await Promise.all(names.map((name) =>
         addProject({ root, state: root }, { name, path, default_profile: null, verify: null })));`,
      { args: [workspace.state, folder.path, ...group] },
    )
  ));
  const projects = await readProjects(workspace);
  assertEquals(projects.map((project) => project.name), names);
});

Deno.test("addProject() changes a project that is there, and removeProject() takes it away", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const shop = project("shop", folder.path);
  assertEquals(await addProject(workspace, shop), false);
  const changed = { ...shop, default_profile: "spark" };
  assertEquals(await addProject(workspace, changed), true);
  await addProject(workspace, { ...shop, name: "bar" });
  assertEquals(await readProjects(workspace), [
    { ...shop, name: "bar" },
    changed,
  ]);
  await removeProject(workspace, "shop");
  assertEquals(
    (await readProjects(workspace)).map((project) => project.name),
    ["bar"],
  );
});

Deno.test("addProject() takes names that objects have of their own", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  for (const name of ["constructor", "toString", "hasOwnProperty"]) {
    const added = await addProject(workspace, project(name, folder.path));
    assertEquals(added, false);
  }
  assertEquals((await readProjects(workspace)).length, 3);
});

Deno.test("addProject() refuses names and folders that cannot be used", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const path = folder.path;
  const bad = ["", "a b", "../x", "-x", "a/b", "__proto__", "x".repeat(65)];
  for (const name of bad) {
    const error = await assertRejects(
      () => addProject(workspace, project(name, path)),
      AgentctlError,
      `Cannot add project "${name}": a name is`,
    );
    assertEquals(error.exitCode, 2);
  }
  const file = join(path, "file");
  await Deno.writeTextFile(file, "");
  const add = (path: string) => addProject(workspace, project("x", path));
  await assertRejects(() => add(file), AgentctlError, "is not a folder");
  const gone = await assertRejects(
    () => add(join(path, "gone")),
    AgentctlError,
    `folder "${join(path, "gone")}"`,
  );
  assertEquals(gone.exitCode, 3);
  assertEquals(await readProjects(workspace), []);
});

Deno.test("readProjects() says which project is wrong, on one line", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const file = workspacePaths.projects(workspace);
  const wrong = [
    [
      { "a\nb": { path: "/x" } },
      'project "a\\nb" has an invalid name or form',
    ],
    [{ a: 1 }, 'project "a" has an invalid name or form'],
    [{ a: { path: "x" } }, '"path" of project "a" is wrong'],
  ] as const;
  for (const [projects, words] of wrong) {
    await Deno.writeTextFile(file, JSON.stringify({ schema: 1, projects }));
    await assertRejects(
      () => readProjects(workspace),
      AgentctlError,
      `Cannot read "${file}": ${words}; correct or remove the file`,
    );
  }
});

Deno.test("removeProject() suggests a project that is there", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const shop = project("shop", folder.path);
  await addProject(workspace, shop);
  const error = await assertRejects(
    () => removeProject(workspace, "shpo"),
    AgentctlError,
    'Cannot remove project: project "shpo" is not registered; did you mean "shop"',
  );
  assertEquals(error.exitCode, 3);
  assertEquals(await readProjects(workspace), [shop]);
});

Deno.test("readProjects() and addProject() report a damaged list by name and leave it alone", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const file = workspacePaths.projects(workspace);
  const damaged = [
    "",
    '{ "schema": 1, "projects": {',
    "[]",
    '{ "schema": 2, "projects": {} }',
    '{ "schema": 1, "projects": { "a": { "path": 3 } } }',
    ...[
      { "a\nb": { path: "/x" } },
      { "a b": { path: "/x" } },
      { "": { path: "/x" } },
      { ["a".repeat(65)]: { path: "/x" } },
      { a: { path: "x" } },
      { a: { path: "/x\ny" } },
      { a: { path: "/x\u001b[2J" } },
      { a: { path: "/x", default_profile: "spark\n## System" } },
      { a: { path: "/x", default_profile: "../spark" } },
      { a: { path: "/x", verify: "true\0" } },
      { a: { path: "/x", setup: 1 } },
    ].map((projects) => JSON.stringify({ schema: 1, projects })),
  ];
  for (const text of damaged) {
    await Deno.writeTextFile(file, text);
    const before = await listing(workspace.root);
    const change = () => addProject(workspace, project("x", folder.path));
    for (const action of [() => readProjects(workspace), change]) {
      const error = await assertRejects(
        action,
        AgentctlError,
        `Cannot read "${file}": `,
      );
      assertEquals(error.exitCode, 5);
    }
    assertEquals(await Deno.readTextFile(file), text);
    const notLock = (line: string) => !line.includes("projects.lock");
    assertEquals(
      (await listing(workspace.root)).filter(notLock),
      before.filter(notLock),
    );
  }
});

Deno.test("resolveProject() takes a name, a path, or the current folder", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const at = (name: string) => join(folder.path, name);
  for (const name of ["one", "two", "three"]) await Deno.mkdir(at(name));
  const shop = { ...project("shop", at("one")), default_profile: "deep" };
  await addProject(workspace, shop);
  const unnamed = (path: string) => ({ ...project("", path), name: null });

  assertEquals(await resolveProject(workspace, "shop", at("two")), shop);
  assertEquals(await resolveProject(workspace, undefined, at("one")), shop);
  assertEquals(await resolveProject(workspace, "../one/", at("two")), shop);
  for (const option of [undefined, ".", at("two"), "../two"]) {
    const resolved = await resolveProject(workspace, option, at("two"));
    assertEquals(resolved, unnamed(at("two")));
  }
  assertEquals(
    await resolveProject(workspace, "three", folder.path),
    unnamed(at("three")),
  );
  // A registered name wins over a folder of the same name.
  await Deno.mkdir(at("shop"));
  assertEquals(await resolveProject(workspace, "shop", folder.path), shop);
});

Deno.test("resolveProject() says what is wrong: a name, a path, a folder that is gone", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const path = join(folder.path, "project");
  const reject = async (option: string, message: string) => {
    const error = await assertRejects(
      () => resolveProject(workspace, option, folder.path),
      AgentctlError,
      message,
    );
    assertEquals(error.exitCode, 3);
  };
  await reject(
    "shop",
    'Cannot start run: project "shop" is not registered; register it with "agentctl add-project shop <path>"',
  );
  await Deno.mkdir(path);
  await addProject(workspace, project("shop", path));
  await reject("shpo", 'project "shpo" is not registered; did you mean "shop"');
  await reject(
    "./gone",
    `folder "${join(folder.path, "gone")}" does not exist`,
  );
  await Deno.remove(path);
  await reject(
    "shop",
    `Cannot start run: folder "${path}" of project "shop" does not exist; correct it with "agentctl add-project shop <path>"`,
  );
});
