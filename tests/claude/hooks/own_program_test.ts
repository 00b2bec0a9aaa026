import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { isOwnProgram } from "../../../src/claude/hooks/own_program.ts";
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
    await isOwnProgram({ PATH }, { cwd, folder: cwd });

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
