import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import {
  isHomeWorkspace,
  requireOwnRoot,
  searchWorkspace,
} from "../../src/workspace/ownership.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** Only root can give files away. */
const isRoot = Deno.uid() === 0;
const OTHER = 12345;

/** A workspace is not empty: an empty folder may be left by a sandbox. */
async function makeRoot(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  await Deno.writeTextFile(join(path, ".gitignore"), "*\n");
}

/** A home, and folders in each other with a workspace in the uppermost. */
async function makeTree() {
  const folder = await temporaryFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  await makeRoot(at("home", ".ai-orch"));
  await Deno.mkdir(at("top", "inner", "deep"), { recursive: true });
  await makeRoot(at("top", ".ai-orch"));
  const env = { HOME: at("home") };
  const search = (cwd = at("top", "inner", "deep"), more = {}) =>
    searchWorkspace(cwd, { ...env, ...more });
  return {
    at,
    env,
    search,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test("searchWorkspace() finds the nearest above, links on the way or not", async () => {
  await using tree = await makeTree();
  const { at, search } = tree;
  const found = { root: at("top", ".ai-orch"), passedOver: [] };
  assertEquals(await search(), found);
  await Deno.symlink(at("top", "inner"), at("link"));
  assertEquals(await search(at("link", "deep")), found);
  await makeRoot(at("top", "inner", ".ai-orch"));
  assertEquals((await search()).root, at("top", "inner", ".ai-orch"));
});

Deno.test("searchWorkspace() passes over a workspace that is a link, and says so", async () => {
  await using tree = await makeTree();
  const { at, search } = tree;
  const link = at("top", "inner", ".ai-orch");
  for (const target of [at("home", ".ai-orch"), at("nowhere")]) {
    await Deno.symlink(target, link);
    assertEquals(await search(), {
      root: at("top", ".ai-orch"),
      passedOver: [
        `Passed over workspace "${link}": it is a link; make one of your own with "agentctl init", or name one with --workspace`,
      ],
    });
    await Deno.remove(link);
  }
});

Deno.test("searchWorkspace() passes over a workspace in the home's own, as a worker may plant one in a worktree", async () => {
  await using tree = await makeTree();
  const { at, search } = tree;
  const worktree = at("home", ".ai-orch", "worktrees", "shop", "run");
  const planted = join(worktree, ".ai-orch");
  await makeRoot(planted);
  assertEquals(await search(worktree), {
    root: at("home", ".ai-orch"),
    passedOver: [
      `Passed over workspace "${planted}": it is in ~/.ai-orch; make one of your own with "agentctl init", or name one with --workspace`,
    ],
  });
});

Deno.test({
  name:
    "searchWorkspace() stops at a folder of another user, and takes no workspace of one",
  ignore: !isRoot,
  async fn() {
    await using tree = await makeTree();
    const { at, search } = tree;
    const root = at("top", ".ai-orch");
    // As in /tmp, where anybody can put one.
    await Deno.chown(at("top"), OTHER, OTHER);
    const inTemporary = await search();
    assertEquals(inTemporary.root, null);
    assert(inTemporary.passedOver[0]?.includes("belongs to another user"));
    // Nothing is said where there is nothing, and nothing of theirs is looked for above.
    await Deno.chown(at("top"), 0, 0);
    await Deno.chown(at("top", "inner"), OTHER, OTHER);
    assertEquals(await search(), { root: null, passedOver: [] });
    // The folder is one's own, and the workspace is not.
    await Deno.chown(at("top", "inner"), 0, 0);
    await Deno.chown(root, OTHER, OTHER);
    const planted = await search();
    assertEquals(planted.root, null);
    assert(planted.passedOver[0]?.includes(root));
    // With all of it one's own it is found.
    await Deno.chown(root, 0, 0);
    assertEquals((await search()).root, root);
    // And who has another home is another user.
    await Deno.chown(at("home"), OTHER, OTHER);
    assertEquals((await search()).root, null);
  },
});

Deno.test("searchWorkspace() does not look into GIT_CEILING_DIRECTORIES from below", async () => {
  await using tree = await makeTree();
  const { at, search } = tree;
  const found = at("top", ".ai-orch");
  const from = async (ceilings: string, cwd?: string) =>
    (await search(cwd, { GIT_CEILING_DIRECTORIES: ceilings })).root;
  assertEquals(await from(at("top")), null);
  assertEquals(await from(`relative:${at("top")}/`), null);
  assertEquals(await from(at("top", "inner")), null);
  // The folder in which one is is always looked into, and others do not matter.
  assertEquals(await from(at("top"), at("top")), found);
  assertEquals(await from(at("home")), found);
  await Deno.symlink(at("top"), at("link"));
  assertEquals(await from(at("link")), null);
  assertEquals(await from(`:${at("link")}`), found);
});

/** Runs a script where folders can be mounted; `null` where that is not to be had. */
async function withMounts(script: string): Promise<string | null> {
  const { success, stdout } = await new Deno.Command("unshare", {
    args: ["--mount", "sh", "-e", "-c", script],
  }).output().catch(() => ({ success: false, stdout: new Uint8Array() }));
  return success ? new TextDecoder().decode(stdout) : null;
}

Deno.test({
  name: "searchWorkspace() stays in one file system, unless git is to leave it",
  ignore: await withMounts("mount -t tmpfs none /mnt") === null,
  async fn() {
    await using tree = await makeTree();
    const { at, env } = tree;
    const path = (name: string) =>
      fromFileUrl(new URL(`../../${name}`, import.meta.url));
    await Deno.writeTextFile(
      at("search.ts"),
      `import { searchWorkspace } from "${path("src/workspace/ownership.ts")}";
       const { root } = await searchWorkspace(Deno.cwd(), Deno.env.toObject());
       console.log(root);`,
    );
    const search =
      `HOME="${env.HOME}" "${Deno.execPath()}" run -A -q --config "${
        path("deno.json")
      }" "${at("search.ts")}"`;
    const output = await withMounts(`
      mount -t tmpfs none "${at("top", "inner")}"
      mkdir "${at("top", "inner", "deep")}"
      cd "${at("top", "inner", "deep")}"
      ${search}
      GIT_DISCOVERY_ACROSS_FILESYSTEM=1 ${search}
    `);
    assertEquals(output, `null\n${at("top", ".ai-orch")}\n`);
  },
});

Deno.test("isHomeWorkspace() is true of the real folder alone, whatever way leads there", async () => {
  await using tree = await makeTree();
  const { at, env } = tree;
  const own = at("home", ".ai-orch");
  await Deno.symlink(at("home"), at("to-home"));
  assertEquals(await isHomeWorkspace(own, env), true);
  assertEquals(await isHomeWorkspace(at("to-home", ".ai-orch"), env), true);
  const linkedHome = { HOME: at("to-home") };
  assertEquals(await isHomeWorkspace(own, linkedHome), true);
  assertEquals(await isHomeWorkspace(at("top", ".ai-orch"), env), false);

  // A link in its place is not the home's, though it leads to a folder of the user.
  await Deno.rename(own, at("moved"));
  await Deno.symlink(at("moved"), own);
  for (const root of [own, at("moved")]) {
    assertEquals(await isHomeWorkspace(root, env), false, root);
  }
  await assertRejects(
    () => requireOwnRoot(own, env),
    AgentctlError,
    `Cannot use workspace "${own}": it is a link; `,
  );
});

Deno.test({
  name: "requireOwnRoot() refuses a workspace of another user",
  ignore: !isRoot,
  async fn() {
    await using tree = await makeTree();
    const { at, env } = tree;
    const root = at("top", ".ai-orch");
    await requireOwnRoot(root, env);
    await requireOwnRoot(at("none"), env);
    await Deno.chown(root, OTHER, OTHER);
    await assertRejects(
      () => requireOwnRoot(root, env),
      AgentctlError,
      `Cannot use workspace "${root}": it belongs to another user; `,
    );
  },
});
