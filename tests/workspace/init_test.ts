import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { CONFIG_TEMPLATE } from "../../src/workspace/config.ts";
import { initWorkspace, missingFiles } from "../../src/workspace/init.ts";
import { makeGitRepository } from "../support/git_repository.ts";
import { listing } from "./make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("initWorkspace() makes a workspace that is the owner's alone", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, ".ai-orch");
  const made = await initWorkspace(root);
  assertEquals(made, [join(root, "config.jsonc")]);
  assertEquals(
    await Deno.readTextFile(join(root, "config.jsonc")),
    CONFIG_TEMPLATE,
  );
  const mode = (name: string) => Deno.statSync(join(root, name)).mode! & 0o777;
  assertEquals([mode("."), mode("config.jsonc")], [0o700, 0o600]);
});

Deno.test("initWorkspace() changes nothing in a workspace that is there", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, ".ai-orch");
  await initWorkspace(root);
  await Deno.writeTextFile(join(root, "config.jsonc"), "{} // mine");
  await Deno.writeTextFile(join(root, ".gitignore"), "runs\n");
  const before = await listing(folder.path);
  assertEquals(await initWorkspace(root), []);
  assertEquals(await listing(folder.path), before);
});

Deno.test("initWorkspace() makes what is missing of a workspace", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, ".ai-orch");
  await initWorkspace(root);
  await Deno.remove(join(root, "config.jsonc"));
  assertEquals(await initWorkspace(root), [join(root, "config.jsonc")]);
});

Deno.test("initWorkspace() keeps the settings of an earlier tool in force", async () => {
  await using folder = await temporaryFolder();
  const root = join(folder.path, ".ai-orch");
  await Deno.mkdir(root);
  await Deno.writeTextFile(join(root, "config.json"), "{}");
  assertEquals(await missingFiles(root), [join(root, ".gitignore")]);
  assertEquals(await initWorkspace(root), []);
  assertEquals(await missingFiles(root), []);
});

Deno.test("initWorkspace() hides the workspace from git", async () => {
  await using folder = await temporaryFolder();
  const repository = await makeGitRepository(join(folder.path, "repository"));
  await initWorkspace(join(repository.dir, ".ai-orch"));
  assertEquals(await repository.git("status", "--porcelain"), "");
});
