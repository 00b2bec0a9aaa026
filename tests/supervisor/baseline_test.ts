import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parseRunId } from "../../src/run/id.ts";
import { runFiles } from "../../src/run/store.ts";
import { takeBaseline } from "../../src/supervisor/baseline.ts";
import { workerReach } from "../../src/system/worker_reach.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { temporaryRepository } from "../git/temporary_repository.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";

for (const keepsGit of [true, false]) {
  const words = keepsGit
    ? "but not .git"
    : "and .git if Codex does not keep it";
  Deno.test(`takeBaseline() notes that a worker can write the folder, ${words}`, async () => {
    await using repository = await temporaryRepository({ a: "1\n" }, {
      dir: OUT_OF_REACH,
    });
    const { env, root, base } = repository;
    const place = join(base, ".ai-orch");
    await Deno.mkdir(place);
    const workspace = await openWorkspace({ cwd: root, env }, place);
    const files = runFiles(workspace, parseRunId("one"));
    await Deno.mkdir(files.folder, { recursive: true });
    await takeBaseline(
      {
        cwd: root,
        profile: null,
        worktree: null,
        sandbox: "workspace-write",
        keepsGit,
      },
      files,
      env,
    );
    const reach = await workerReach(env);
    assertEquals(
      ["a", ".git/config", ".codex/config.toml"].map((name) =>
        reach.covers(join(root, name))
      ),
      [true, !keepsGit, !keepsGit],
    );
  });
}
