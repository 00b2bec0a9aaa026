import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { runShell, shellQuote } from "../../src/system/shell.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { makeGitRepository } from "../support/git_repository.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const PATH = Deno.env.get("PATH") ?? "/usr/bin:/bin";

Deno.test("runShell() runs a script as it is, and gives its outputs and code", async () => {
  await using folder = await temporaryFolder();
  const text = "# #{x} %H $HOME `x` \"';\n! \\ é";
  const output = await runShell(
    `# a comment
     printf '%s' ${shellQuote(text)}
     pwd >&2
     exit 7`,
    { env: { PATH }, cwd: folder.path },
  );
  assertEquals(output, { code: 7, stdout: text, stderr: `${folder.path}\n` });
});

Deno.test("runShell() gives the script the environment and nothing of git's or agentctl's", async () => {
  await using folder = await temporaryFolder();
  const env = { PATH, TITLE: "two words", HOME: folder.path };
  const { stdout } = await runShell("/usr/bin/env", { env });
  const names = stdout.split("\n").map((line) => line.split("=")[0]);
  assertEquals(
    names.filter((name) => /^(GIT|AGENTCTL)/.test(name ?? "")),
    [],
  );
  const lines = stdout.split("\n");
  for (const [name, value] of Object.entries(env)) {
    assertEquals(lines.includes(`${name}=${value}`), true, name);
  }
  const given = { PATH, GIT_DIR: "/some/where" };
  const ofCaller = await runShell('echo "$GIT_DIR"', { env: given });
  assertEquals(ofCaller.stdout, "/some/where\n");
});

Deno.test("runShell() in a repository minds none of its settings", async () => {
  await using folder = await temporaryFolder();
  const { dir, git } = await makeGitRepository(join(folder.path, "it's one"));
  await git("config", "alias.agentctl-shell", "!echo of the repository");
  const { stdout } = await runShell("pwd; git rev-parse --show-toplevel", {
    env: { PATH },
    cwd: dir,
  });
  assertEquals(stdout, `${dir}\n${dir}\n`);
});

Deno.test("runShell() runs nothing where the folder is gone or git is missing", async () => {
  await using folder = await temporaryFolder();
  const cwd = join(folder.path, "gone");
  const output = await runShell("echo ran", { env: { PATH }, cwd });
  assertEquals([output.code, output.stdout], [126, ""]);
  const error = await assertRejects(
    () => runShell("echo ran", { env: { PATH: folder.path } }),
    AgentctlError,
    "Cannot start git",
  );
  assertEquals(error.exitCode, 5);
});
