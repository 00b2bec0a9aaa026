import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { passedOn, readShellPolicy } from "../../src/codex/shell_policy.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("commands get what Codex must not have only as far as the user's configuration lets them", async () => {
  await using folder = await temporaryFolder();
  const env = { CODEX_HOME: folder.path };
  const given = { PATH: "/a", NODE_OPTIONS: "-r x", PYTHONPATH: "/b" };
  const namesFor = async (config: string, profile?: string) => {
    await Deno.writeTextFile(join(folder.path, "config.toml"), config);
    const file = join(folder.path, "p.config.toml");
    if (profile !== undefined) await Deno.writeTextFile(file, profile);
    const name = profile === undefined ? null : "p";
    const policy = await readShellPolicy(env, name);
    return Object.keys(passedOn(given, policy)).join(" ");
  };
  const table = "[shell_environment_policy]\n";
  const all = Object.keys(given).join(" ");
  assertEquals(await namesFor(""), all);
  assertEquals(await namesFor(`${table}inherit = "all"`), all);
  assertEquals(await namesFor(`${table}inherit = "none"`), "");
  assertEquals(await namesFor(`${table}inherit = "core"`), "PATH");
  assertEquals(
    await namesFor(`${table}exclude = ["node_*", "*X"]`),
    "PATH PYTHONPATH",
  );
  for (
    const set of [
      `${table}set = { PATH = "/mine", A = "b" }`,
      `[shell_environment_policy.set]\nPATH = "/mine"`,
      'shell_environment_policy.set.PATH = "/mine"',
    ]
  ) {
    assertEquals(await namesFor(set), "NODE_OPTIONS PYTHONPATH", set);
    assertEquals(await namesFor("", set), "NODE_OPTIONS PYTHONPATH", set);
  }
  assertEquals(
    await namesFor(`${table}inherit = "none"`, `${table}inherit = "all"`),
    all,
  );
});
