import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { findProgram, requireProgram } from "../../src/system/find_program.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { noteWorkerFolders } from "../../src/system/worker_reach.ts";
import { OUT_OF_REACH, temporaryFolder } from "../support/temporary_folder.ts";

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
    findProgram({ PATH }, "codex"),
    join(at("first"), "codex"),
  );
  assertEquals(findProgram({ PATH }, "tmux"), null);
  assertEquals(findProgram({}, "codex"), null);
});

Deno.test("requireProgram() says what to do when a program is missing", () => {
  const error = assertThrows(
    () => requireProgram({ PATH: "" }, "codex", "start run"),
    AgentctlError,
    "Cannot start run: codex is not on PATH; install it with npm install -g @openai/codex",
  );
  assertEquals(error.exitCode, 5);
});

Deno.test("findProgram() passes over what a worker may have put on PATH", async () => {
  const root = await Deno.realPath(
    await Deno.makeTempDir({ dir: OUT_OF_REACH, prefix: "agentctl-" }),
  );
  try {
    const at = (...names: string[]) => join(root, ...names);
    const put = async (...folder: string[]) => {
      await Deno.mkdir(at(...folder), { recursive: true });
      await Deno.writeTextFile(at(...folder, "git"), "", { mode: 0o755 });
    };
    await put("project", ".venv", "bin");
    await put("safe");
    await put("home", ".local", "bin");
    await Deno.symlink(at("project", ".venv", "bin"), at("linked-folder"));
    await Deno.mkdir(at("linked-file"));
    await Deno.symlink(
      at("project", ".venv", "bin", "git"),
      at("linked-file", "git"),
    );
    const find = (...folders: string[]) =>
      findProgram(
        { HOME: at("home"), PATH: folders.map((name) => at(name)).join(":") },
        "git",
      );
    const theirs = ["project/.venv/bin", "linked-folder", "linked-file"];
    for (const folder of theirs) {
      assertEquals(find(folder, "safe"), at(folder, "git"), "The control");
    }
    const folders = [{ folder: at("project"), kept: [] }];
    await noteWorkerFolders({ HOME: at("home") }, folders);
    for (const folder of theirs) {
      assertEquals(find(folder, "safe"), at("safe", "git"), folder);
      assertThrows(() => find(folder), AgentctlError, `"${at(folder, "git")}"`);
    }
    // After a run in the home folder, what the user has installed there counts.
    await noteWorkerFolders({ HOME: at("home") }, [
      { folder: root, kept: [] },
      { folder: at("home"), kept: [] },
    ]);
    assertEquals(find("home/.local/bin"), at("home", ".local", "bin", "git"));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
