import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { startPrivateTmux } from "../support/private_tmux.ts";
import {
  makeStage,
  PROGRAM_ARGS,
  resultStep,
  steps,
} from "../support/stage.ts";

Deno.test("diff prints byte for byte what git apply takes, and the stat", async () => {
  await using stage = await makeStage();
  const id = await stage.start(steps(
    "Write",
    { write: { path: "greeting.txt", text: "HELLO\r\n\u001b[31mred\n" } },
    { write: { path: "new.txt", text: "1\n" } },
    resultStep(true, "Done"),
  ));
  await stage.wait(id);
  const patch = await stage.agentctl(["diff", id]);
  assertEquals([patch.code, patch.stderr], [0, ""]);
  assertEquals(
    patch.stdout,
    await Deno.readTextFile(stage.runFile(id, "diff.patch")),
  );
  await stage.repository.git("stash", "--quiet", "--include-untracked");
  const file = join(stage.scratch.dir, "p");
  await Deno.writeTextFile(file, patch.stdout);
  await stage.repository.git("apply", file);
  assertEquals(
    await Deno.readTextFile(join(stage.repository.dir, "greeting.txt")),
    "HELLO\r\n\u001b[31mred\n",
  );
  const stat = await stage.agentctl(["diff", "@last", "--stat"]);
  assertStringIncludes(
    stat.stdout,
    "2 files changed, 3 insertions(+), 1 deletion(-)",
  );
  const json = JSON.parse(
    (await stage.agentctl(["diff", id, "--json"])).stdout,
  );
  assertEquals([json.run_id, json.patch], [id, patch.stdout]);
});

Deno.test("diff shows a running and a lost run of a worktree as it is, and says where there is none", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("Write", { write: { path: "half.txt", text: "1\n" } }, {
      hang: true,
    }),
    "--worktree",
  );
  await stage.waitForFile(id, "events.jsonl", "half.txt");
  const live = await stage.agentctl(["diff", id, "--stat"]);
  assertStringIncludes(live.stdout, " half.txt | 1 +\n");
  const { supervisor_pid } = JSON.parse(
    await Deno.readTextFile(stage.runFile(id, "meta.json")),
  );
  Deno.kill(supervisor_pid || NaN, "SIGKILL");
  assertEquals((await stage.wait(id)).record["status"], "lost");
  assertStringIncludes(
    (await stage.agentctl(["diff", id])).stdout,
    "+++ b/half.txt\n@@ -0,0 +1 @@\n+1\n",
  );

  const plain = await stage.start(steps("Write", { hang: true }));
  const none = await stage.agentctl(["diff", plain]);
  assertEquals([none.code, none.stdout], [2, ""]);
  assertStringIncludes(none.stderr, "the diff is taken when it ends");
  await stage.agentctl(["stop", plain]);
  const empty = await stage.agentctl(["diff", plain]);
  assertEquals([empty.code, empty.stdout, empty.stderr], [
    0,
    "",
    `Run ${plain} has changed nothing\n`,
  ]);
  const outside = await Deno.makeTempDir({ dir: stage.scratch.dir });
  const { stdout } = await stage.agentctl(["start"], {
    cwd: outside,
    stdin: steps("Look", resultStep(true, "x")),
  });
  await stage.wait(stdout.trim());
  const missing = await stage.agentctl(["diff", stdout.trim()]);
  assertEquals([missing.code, missing.stdout], [3, ""]);
  assertStringIncludes(
    missing.stderr,
    "it has none: the folder is not in a git repository",
  );
});

Deno.test("diff on a terminal goes in colours through git's pager, and no escape of the worker arrives", async () => {
  await using stage = await makeStage();
  const id = await stage.start(steps(
    "Write",
    {
      write: {
        path: "greeting.txt",
        text: "HELLO \u001b]0;owned\u0007\u001b[31mred\n",
      },
    },
    resultStep(true, "Done"),
  ));
  await stage.wait(id);
  await using tmux = await startPrivateTmux({
    dir: join(stage.scratch.dir, "t"),
    width: 100,
    height: 30,
    env: stage.env,
  });
  const pane = tmux.environment()["TMUX_PANE"] ?? "";
  const seen = join(stage.scratch.dir, "seen");
  const words = [Deno.execPath(), ...PROGRAM_ARGS, "diff", id].map((word) =>
    `'${word}'`
  ).join(" ");
  await tmux.run(
    "send-keys",
    "-t",
    pane,
    `GIT_PAGER='tee ${seen}; echo paged' ${words}`,
    "Enter",
  );
  await tmux.waitForText(pane, /^paged/m);
  const text = await Deno.readTextFile(seen);
  assertStringIncludes(text, "\x1b[32m+HELLO red\x1b[39m\n");
  assertEquals(text.includes("owned"), false);
  // A pager that is not installed hides nothing.
  await tmux.run(
    ...["send-keys", "-t", pane],
    `clear; GIT_PAGER=agentctl-no-such-pager ${words}`,
    "Enter",
  );
  await tmux.waitForText(pane, /not found[^]*\+HELLO red/);
});
