import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { sha256Hex } from "../../src/files/digest.ts";
import {
  exists,
  forgeEnded,
  forgeProjects,
  forgeQueued,
} from "../promises/forged_runs.ts";
import { makeProjectWorkspace } from "../support/project_workspace.ts";
import { makeStage } from "../support/stage.ts";

const ID = "20260101-000000-0000";

Deno.test("trust --import shows folder, branch and count, and takes over nothing that nobody approves", async () => {
  await using stage = await makeStage();
  const { root, state } = await makeProjectWorkspace(stage);
  const cwd = stage.repository.dir;
  await forgeEnded(root, "one", { cwd, profile: "spark" });
  await forgeEnded(root, "two", { cwd, profile: "spark" });
  await forgeEnded(root, "other", { cwd: "/somewhere\u202e\nelse" });
  await forgeQueued(root, "waits", { cwd });
  await forgeProjects(root, cwd, { verify: "make check" });
  const refused = await stage.agentctl(["trust", "--import"]);
  assertEquals([refused.code, refused.stdout], [2, ""]);
  for (
    const words of [
      "3 ended runs:",
      `${cwd}: 2 runs, profile spark`,
      "/somewhere\\u{202e}\\u{000a}else: 1 run, profile spark",
      "1 run not ended yet",
      `shop: ${cwd}, check: make check`,
      "add --yes",
    ]
  ) assertStringIncludes(refused.stderr, words);
  assertEquals(await exists(state), false);

  const inRun = await stage.agentctl(["trust", "--import", "--yes"], {
    env: { AGENTCTL_RUN_ID: "x" },
  });
  assertEquals(inRun.code, 5);
  assertStringIncludes(inRun.stderr, "approve them yourself");

  const done = await stage.agentctl(["trust", "--import", "--yes", "--json"]);
  assertEquals(done.code, 0, done.stderr);
  const { runs, projects, live } = JSON.parse(done.stdout);
  assertEquals([runs.sort(), projects, live], [
    ["one", "other", "two"],
    ["shop"],
    ["waits"],
  ]);
  const again = await stage.agentctl(["trust", "--import", "--yes"]);
  assertStringIncludes(again.stderr, "Nothing to take over");
  const listed = JSON.parse(
    (await stage.agentctl(["list", "--json"])).stdout,
  ) as { run_id: string; older_layout?: boolean }[];
  assertEquals(
    listed.filter((run) => run.older_layout).map((run) => run.run_id),
    ["waits"],
  );
  // A flood of old results would bury the new ones.
  assertEquals((await stage.agentctl(["inbox"])).stdout, "");
  const known = await stage.agentctl(["projects"]);
  assertStringIncludes(known.stdout, "shop");
});

Deno.test("trust --import takes over what was said, and nothing that would act", async () => {
  await using stage = await makeStage();
  const { root, file } = await makeProjectWorkspace(stage);
  const cwd = stage.repository.dir;
  const forged = join(stage.scratch.dir, "forged");
  await forgeEnded(root, ID, {
    cwd,
    title: "Of old",
    verify: "touch evil",
    sandbox: "danger-full-access",
    allow_protected: [".claude"],
    thread_id: "0199a213-81c0-7800-8aa1-bbab2a035a53",
    root_run_id: ID,
    notify_target: "%1",
    supervisor_pid: 99_999,
    placement: { socket: "/tmp/s", caller_pane: "%1" },
    pane: { socket: "/tmp/s", session: "ai", window_id: "@1", pane_id: "%1" },
    worktree: {
      repository: cwd,
      path: join(
        forged,
        `repository-${(await sha256Hex(cwd)).slice(0, 8)}`,
        ID,
      ),
      branch: `agentctl/${ID}`,
      base_commit: null,
      commit: null,
      setup: "touch evil",
    },
  }, { nextRunId: "nobody" });
  await stage.agentctl(["trust", "--import", "--yes"]);
  const record = await stage.show(ID);
  assertEquals(record["older_layout"], undefined);
  assertEquals([record["title"], record["summary"]], ["Of old", "It is fixed"]);
  for (
    const [key, value] of Object.entries({
      verify: null,
      sandbox: "workspace-write",
      allow_protected: [],
      thread_id: "0199a213-81c0-7800-8aa1-bbab2a035a53",
      root_run_id: ID,
      parent_run_id: null,
      next_run_id: null,
      pane: null,
      worktree: null,
    })
  ) assertEquals(record[key], value, key);
  const stored = JSON.parse(await Deno.readTextFile(file(ID, "meta.json")));
  assertEquals(
    [stored.placement, stored.supervisor_pid, stored.notify_target],
    [null, null, null],
  );
  const warnings = String(record["warnings"]);
  const without = ['check "touch evil"', "set-up", "sandbox", forged];
  for (const dropped of [...without, "protected paths"]) {
    assertStringIncludes(warnings, dropped);
  }
});

Deno.test("trust --import copies plain files of known names, and nothing else", async () => {
  await using stage = await makeStage();
  const { root, file } = await makeProjectWorkspace(stage);
  await forgeEnded(root, ID, { cwd: stage.repository.dir });
  const run = join(root, "runs", ID);
  const secret = join(stage.scratch.dir, "secret");
  await Deno.writeTextFile(secret, "secret");
  await Deno.writeTextFile(join(run, "diff.patch"), "the diff\n");
  await Deno.mkdir(join(run, "messages"));
  await Deno.writeTextFile(join(run, "messages", "1.md"), "Hello");
  await Deno.writeTextFile(join(run, "messages", "lock"), "");
  await Deno.symlink(secret, join(run, "messages", "2.md"));
  await Deno.symlink(secret, join(run, "output.json"));
  await new Deno.Command("mkfifo", { args: [join(run, "stderr.log")] })
    .output();
  await Deno.writeTextFile(join(run, "events.jsonl"), "");
  await Deno.truncate(join(run, "events.jsonl"), 3_000_000_000);
  await Deno.writeTextFile(join(run, "env.json"), "{}");
  await Deno.symlink(stage.scratch.dir, join(run, "overlaps"));
  await Deno.writeTextFile(join(run, "surprise"), "");
  const { code, stderr } = await stage.agentctl(["trust", "--import", "--yes"]);
  assertEquals(code, 0, stderr);
  const names = async (path: string) =>
    (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
  assertEquals(await names(file(ID, ".")), [
    "diff.patch",
    "messages",
    "meta.json",
    "prompt.md",
  ]);
  assertEquals(await names(file(ID, "messages")), ["1.md"]);
  assertEquals(
    await Deno.readTextFile(file(ID, "diff.patch")),
    "the diff\n",
  );
  for (const left of ["output.json", "stderr.log", "events.jsonl"]) {
    assertStringIncludes(stderr, `Left out: ${left} of run ${ID}`);
  }
  // The originals stay.
  assert(await exists(join(run, "prompt.md")));
  const mode = (await Deno.stat(file(ID, "."))).mode! & 0o777;
  assertEquals(mode, 0o700);
});

Deno.test("trust --import takes over as lost what nobody supervises, and leaves what somebody does", async () => {
  await using stage = await makeStage();
  const { root } = await makeProjectWorkspace(stage);
  const live = async (id: string) => {
    await forgeEnded(root, id, { cwd: stage.repository.dir });
    const path = join(root, "runs", id, "meta.json");
    const record = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(
      path,
      JSON.stringify({ ...record, status: "running", ended_at: undefined }),
    );
    const lock = join(root, "runs", id, "lock");
    return await Deno.open(lock, { write: true, create: true });
  };
  using held = await live("held");
  await held.lock(true);
  (await live("dead")).close();
  const { stdout } = await stage.agentctl([
    "trust",
    "--import",
    "--yes",
    "--json",
  ]);
  const { runs, live: left } = JSON.parse(stdout);
  assertEquals([runs, left], [["dead"], ["held"]]);
  assertEquals((await stage.show("dead"))["status"], "lost");
});

Deno.test("a list of projects of an earlier agentctl is not obeyed, and what to do is said", async () => {
  await using stage = await makeStage();
  const { root } = await makeProjectWorkspace(stage);
  await forgeProjects(root, stage.repository.dir, { verify: "true" });
  const listed = await stage.agentctl(["projects"]);
  assertStringIncludes(listed.stderr, "agentctl trust --import");
  const started = await stage.agentctl(["start", "--project", "shop"], {
    stdin: "Work",
  });
  assertEquals(started.code, 3);
  assertStringIncludes(started.stderr, "agentctl trust --import");
});
