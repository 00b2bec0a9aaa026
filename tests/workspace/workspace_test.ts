import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  locateWorkspace,
  openWorkspace,
} from "../../src/workspace/workspace.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { ensureWorkspace } from "../../src/workspace/root_folder.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("locateWorkspace() takes --workspace, then AI_ORCH_HOME, then the nearest above, then the home", async () => {
  await using folder = await temporaryFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  const cwd = at("project", "deep", "er");
  await Deno.mkdir(cwd, { recursive: true });
  for (const place of ["given", "named", "project", "home"]) {
    await ensureWorkspace(at(place, ".ai-orch"));
  }
  const env = { HOME: at("home"), AI_ORCH_HOME: at("named") };
  const locate = async (
    caller: { cwd: string; env: Record<string, string> },
    option?: string,
  ) => await locateWorkspace(caller, option);
  const found = (place: string) => ({
    root: at(place, ".ai-orch"),
    missing: false,
    passedOver: [],
  });

  assertEquals(await locate({ cwd, env }, at("given")), found("given"));
  assertEquals(await locate({ cwd, env }), found("named"));
  const plain = { HOME: at("home") };
  assertEquals(await locate({ cwd, env: plain }), found("project"));
  await ensureWorkspace(at("project", "deep", ".ai-orch"));
  assertEquals(await locate({ cwd, env: plain }), found("project/deep"));
  assertEquals(await locate({ cwd: at("given", "..", "named"), env: plain }), {
    root: at("named", ".ai-orch"),
    missing: false,
    passedOver: [],
  });
  assertEquals(await locate({ cwd: "/", env: plain }), found("home"));
  assertEquals(
    await locate({ cwd, env: { ...plain, AI_ORCH_HOME: "" } }),
    found("project/deep"),
  );
});

Deno.test("locateWorkspace() takes relative paths, and the .ai-orch folder itself or what holds it", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, "project", ".ai-orch");
  await ensureWorkspace(root);
  const caller = { cwd: folder.path, env: { HOME: folder.path } };
  for (const option of ["project", "project/.ai-orch", "./project/", root]) {
    assertEquals(await locateWorkspace(caller, option), {
      root,
      missing: false,
      passedOver: [],
    });
    const env = { ...caller.env, AI_ORCH_HOME: option };
    const inEnv = await locateWorkspace({ cwd: folder.path, env }, undefined);
    assertEquals(inEnv, { root, missing: false, passedOver: [] });
  }
});

Deno.test("locateWorkspace() tells of a workspace that is not there yet", async () => {
  await using folder = await temporaryFolder();
  const cwd = folder.path;
  const named = join(cwd, "named");
  assertEquals(
    await locateWorkspace(
      { cwd, env: { HOME: cwd, AI_ORCH_HOME: named } },
      undefined,
    ),
    { root: named, missing: true, passedOver: [] },
  );
  assertEquals(await locateWorkspace({ cwd, env: { HOME: cwd } }, undefined), {
    root: join(cwd, ".ai-orch"),
    missing: true,
    passedOver: [],
  });
  const error = await assertRejects(
    () => locateWorkspace({ cwd, env: { HOME: cwd } }, "nowhere"),
    AgentctlError,
    'Cannot find workspace "nowhere": make it with "agentctl init nowhere"',
  );
  assertEquals(error.exitCode, 3);
});

Deno.test("locateWorkspace() passes over a file of that name", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, ".ai-orch");
  await ensureWorkspace(root);
  const cwd = join(folder.path, "inside");
  await Deno.mkdir(cwd);
  await Deno.writeTextFile(join(cwd, ".ai-orch"), "");
  const env = { HOME: join(folder.path, "home") };
  const located = await locateWorkspace({ cwd, env }, undefined);
  assertEquals(located, { root, missing: false, passedOver: [] });
});

Deno.test("locateWorkspace() says what to do without a HOME", async () => {
  const error = await assertRejects(
    () => locateWorkspace({ cwd: "/", env: {} }, undefined),
    AgentctlError,
    "HOME is not set",
  );
  assertEquals(error.exitCode, 5);
});

Deno.test("openWorkspace() reads the settings and makes nothing", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, ".ai-orch");
  const caller = { cwd: folder.path, env: { HOME: folder.path } };
  const empty = await openWorkspace(caller, undefined);
  assertEquals([empty.root, empty.config.tmux_session], [root, "ai"]);
  assertEquals([...Deno.readDirSync(folder.path)], []);
  await ensureWorkspace(root);
  await Deno.writeTextFile(
    join(root, "config.jsonc"),
    '{ "tmux_session": "x" }',
  );
  const opened = await openWorkspace(caller, undefined);
  assertEquals(opened.config.tmux_session, "x");
});

Deno.test("ensureWorkspace() says which folder it cannot make", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "file"), "");
  const root = join(folder.path, "file", ".ai-orch");
  const error = await assertRejects(
    () => ensureWorkspace(root),
    AgentctlError,
    `Cannot write workspace "${root}": `,
  );
  assertEquals(error.exitCode, 5);
});
