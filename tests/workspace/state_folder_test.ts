import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { AgentctlError } from "../../src/system/errors.ts";
import { stateFolder, statesFolder } from "../../src/workspace/state_folder.ts";
import { notedWorkspace } from "../../src/workspace/state_note.ts";
import { ensureState } from "../../src/workspace/workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** A home, and a workspace in a project. */
async function makePlaces(path: string) {
  const home = join(path, "home");
  const root = join(path, "shop", ".ai-orch");
  await Deno.mkdir(home);
  await Deno.mkdir(root, { recursive: true });
  return { home, root, env: { HOME: home } };
}

Deno.test("stateFolder() is the workspace itself in the home folder, however it is spelled", async () => {
  await using folder = await temporaryFolder();
  const { home, env } = await makePlaces(folder.path);
  const root = join(home, ".ai-orch");
  assertEquals(await stateFolder(root, env), root);
  await Deno.mkdir(root);
  await Deno.symlink(home, join(folder.path, "link"));
  const linked = join(folder.path, "link", ".ai-orch");
  assertEquals(await stateFolder(linked, env), linked);
});

Deno.test("stateFolder() of every other workspace lies in the home folder, and is one for each real path", async () => {
  await using folder = await temporaryFolder();
  const { home, root, env } = await makePlaces(folder.path);
  const state = await stateFolder(root, env);
  assertEquals(dirname(state), join(home, ".ai-orch", "workspaces"));
  assertMatch(basename(state), /^shop-[0-9a-f]{16}$/);
  await Deno.symlink(dirname(root), join(folder.path, "link"));
  assertEquals(
    await stateFolder(join(folder.path, "link", ".ai-orch"), env),
    state,
  );
  const checkouts = await Promise.all(
    ["one", "two"].map((name) =>
      stateFolder(join(folder.path, name, "shop", ".ai-orch"), env)
    ),
  );
  assertEquals(new Set([...checkouts, state]).size, 3);
  const odd = await stateFolder(join(folder.path, "--ä $(x)/..y"), env);
  assertMatch(basename(odd), /^y-[0-9a-f]{16}$/);
});

Deno.test("stateFolder() says what to do without a HOME, and for a folder that holds states", async () => {
  await using folder = await temporaryFolder();
  const { home, root, env } = await makePlaces(folder.path);
  const homes: Record<string, string>[] = [
    {},
    { HOME: "" },
    { HOME: "relative" },
  ];
  for (const wrong of homes) {
    const error = await assertRejects(
      () => stateFolder(root, wrong),
      AgentctlError,
      "set it to your home folder",
    );
    assertEquals(error.exitCode, 5);
  }
  const error = await assertRejects(
    () => stateFolder(join(home, ".ai-orch", "workspaces", "x"), env),
    AgentctlError,
    "where agentctl keeps states",
  );
  assertEquals(error.exitCode, 2);
});

Deno.test("stateFolder() refuses folders that somebody else could write", async () => {
  await using folder = await temporaryFolder();
  const { root, env } = await makePlaces(folder.path);
  const states = statesFolder(env);
  const elsewhere = join(folder.path, "elsewhere");
  await Deno.mkdir(elsewhere, { mode: 0o700 });
  const refused = async (words: string) => {
    const error = await assertRejects(
      () => stateFolder(root, env),
      AgentctlError,
      words,
    );
    assertEquals(error.exitCode, 5);
  };
  await Deno.mkdir(dirname(states));
  await Deno.symlink(elsewhere, states);
  await refused("it is a link");
  await Deno.remove(states);
  await Deno.mkdir(states);
  await Deno.chmod(states, 0o777);
  await refused(`chmod 700 ${states}`);
  await Deno.chmod(states, 0o700);
  const state = await stateFolder(root, env);
  await Deno.symlink(elsewhere, state);
  await refused("it is a link");
  await Deno.remove(state);
  await Deno.writeTextFile(state, "");
  await refused("it is not a folder");
});

Deno.test("ensureState() makes folders of the owner's alone, out of git's sight, and notes whose they are", async () => {
  await using folder = await temporaryFolder();
  const { home, root, env } = await makePlaces(folder.path);
  const state = await stateFolder(root, env);
  await ensureState({ root, state });
  for (const path of [dirname(state), state, join(state, "runs")]) {
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700, path);
  }
  for (const path of [root, join(home, ".ai-orch")]) {
    assertEquals(await Deno.readTextFile(join(path, ".gitignore")), "*\n");
  }
  assertEquals(await notedWorkspace(state), root);
  assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), [
    ".gitignore",
  ]);
});
