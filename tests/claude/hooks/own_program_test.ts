import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import {
  areUsersPrograms,
  isOwnProgram,
  isSelf,
} from "../../../src/claude/hooks/own_program.ts";
import { launcherText, selfCommand } from "../../../src/system/self_command.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";

async function place(path: string, text: string): Promise<string> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  return dirname(path);
}

Deno.test("isOwnProgram() knows our own program on PATH from another of its name", async () => {
  await using folder = await temporaryFolder();
  const cwd = join(folder.path, "project");
  await Deno.mkdir(cwd);
  const at = (...names: string[]) => join(folder.path, ...names, "agentctl");
  const own = launcherText(selfCommand().argv);
  const ours = await place(at("ours"), own);
  const theirs = await place(at("theirs"), "#!/bin/sh\ntouch evil\n");
  const inside = await place(at("project", "node_modules", ".bin"), own);
  const asks = async (PATH: string) =>
    await isOwnProgram({ HOME: folder.path, PATH }, { cwd, folder: cwd });

  assertEquals(await asks(ours), true);
  assertEquals(await asks(`${folder.path}/none:${ours}:${theirs}`), true);
  assertEquals(await asks("/nowhere"), true);
  for (
    const [what, path] of Object.entries({
      "another program": `${theirs}:${ours}`,
      "a copy in the folder of the session": `${inside}:${ours}`,
      "a relative folder": `node_modules/.bin:${ours}`,
    })
  ) {
    assertEquals(await asks(path), false, what);
  }
  const link = at("link");
  await Deno.mkdir(dirname(link));
  await Deno.symlink(at("theirs"), link);
  assertEquals(await asks(dirname(link)), false, "a link to another");
  await Deno.remove(link);
  await Deno.symlink(at("ours"), link);
  assertEquals(await asks(dirname(link)), true, "a link to ours");
});

Deno.test("isSelf() knows our program by its path, unless somebody could replace it", async () => {
  await using temporary = await temporaryFolder();
  const folder = join(temporary.path, "project");
  const at = (...names: string[]) => join(temporary.path, ...names, "agentctl");
  const own = launcherText(selfCommand().argv);
  await place(at("ours"), own);
  await place(at("theirs"), "#!/bin/sh\ntouch evil\n");
  await place(at("project", "bin"), own);
  const env = { HOME: temporary.path };
  assertEquals(await isSelf(at("ours"), folder, env), true);
  for (const path of [at("theirs"), at("project", "bin"), at("none")]) {
    assertEquals(await isSelf(path, folder, env), false, path);
  }
  // For an orchestrator in the home folder.
  const state = [".ai-orch", "orchestrator", "bin"];
  await place(at(...state), own);
  assertEquals(await isSelf(at(...state), temporary.path, env), true);
  assertEquals(await isSelf(at("ours"), temporary.path, env), false);
  await place(at("project", ...state), own);
  assertEquals(await isSelf(at("project", ...state), folder, env), false);
});

Deno.test("areUsersPrograms() finds a program that a worker may have put on PATH", async () => {
  await using temporary = await temporaryFolder();
  const home = temporary.path;
  const folder = join(home, "project");
  const cwd = join(folder, "packages");
  await Deno.mkdir(cwd, { recursive: true });
  const mine = await place(join(home, "bin", "jq"), "");
  const planted = await place(join(folder, "bin", "jq"), "");
  const earlier = await place(join(home, "earlier", ".bin", "jq"), "");
  const relative = await place(join(cwd, "node_modules", ".bin", "jq"), "");
  await Deno.mkdir(join(home, ".ai-orch"));
  await Deno.writeTextFile(
    join(home, ".ai-orch", "worker_folders.jsonl"),
    JSON.stringify({ folder: join(home, "earlier"), kept: [] }) + "\n",
  );
  const link = join(home, "links");
  await Deno.mkdir(link);
  await Deno.symlink(join(planted, "jq"), join(link, "jq"));
  const asks = async (PATH: string, names = ["jq"]) =>
    await areUsersPrograms(names, { HOME: home, PATH }, { cwd, folder });

  assertEquals(await asks(`${mine}:${planted}`), true);
  assertEquals(await asks(`${planted}:${mine}`), false);
  assertEquals(await asks(`${planted}:${mine}`, ["head"]), true);
  assertEquals(await asks(`${earlier}:${mine}`), false, "of an earlier run");
  assertEquals(await asks(`${link}:${mine}`), false, "through a link");
  assertEquals(await asks("node_modules/.bin"), false, relative);
});
