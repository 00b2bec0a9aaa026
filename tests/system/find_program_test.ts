import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { findProgram, requireProgram } from "../../src/system/find_program.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { temporaryFolder } from "../workspace/temporary_folder.ts";

Deno.test("findProgram() gives the first file on PATH that is executable", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  for (const name of ["folder", "plain", "first", "second"]) {
    await Deno.mkdir(at(name));
  }
  await Deno.mkdir(join(at("folder"), "codex"));
  await Deno.writeTextFile(join(at("plain"), "codex"), "", { mode: 0o644 });
  for (const name of ["first", "second"]) {
    await Deno.writeTextFile(join(at(name), "codex"), "", { mode: 0o755 });
  }
  const PATH = [
    ...["", ".", "relative", at("missing"), at("folder")],
    ...[at("plain"), at("first"), at("second")],
  ].join(":");
  assertEquals(
    await findProgram({ PATH }, "codex"),
    join(at("first"), "codex"),
  );
  assertEquals(await findProgram({ PATH }, "tmux"), null);
  assertEquals(await findProgram({}, "codex"), null);
});

Deno.test("requireProgram() says what to do when a program is missing", async () => {
  const error = await assertRejects(
    () => requireProgram({ PATH: "" }, "codex", "start run"),
    AgentctlError,
    "Cannot start run: codex is not on PATH; install it with npm install -g @openai/codex",
  );
  assertEquals(error.exitCode, 5);
});
