import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { preToolUse } from "../../src/claude/hooks/pre_tool_use.ts";
import {
  callShell,
  delayUntil,
  finish,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

/** Writes a file into its folder, so that it shows where it was let loose. */
const mark = steps(
  "Work",
  { write: { path: "mark", text: "x" } },
  resultStep(true, "done"),
);

/** A project with folders, beside a place where no worker has any business. */
async function world(stage: Stage, name = "") {
  const dir = join(stage.repository.dir, name);
  const at = (...parts: string[]) => join(dir, ...parts);
  const victim = join(stage.scratch.dir, `victim${name}`);
  for (const path of [at("deep", "lib"), at("other"), victim]) {
    await Deno.mkdir(path, { recursive: true });
  }
  return {
    at,
    victim,
    lib: at("deep", "lib"),
    victimHolds: async () =>
      await Array.fromAsync(Deno.readDir(victim), ({ name }) => name),
  };
}

type World = Awaited<ReturnType<typeof world>>;

/** What can become of the folder `deep/lib` of a run, and what the record says then. */
const SWAPS: Record<
  string,
  { swap: (world: World) => Promise<void>; words: RegExp }
> = {
  "a link to another place": {
    async swap({ lib, victim, at }) {
      await Deno.rename(lib, at("moved"));
      await Deno.symlink(victim, lib);
    },
    words: /now leads to ".*victim.*" through a link/,
  },
  "a link above it": {
    async swap({ at, victim }) {
      await Deno.mkdir(join(victim, "lib"));
      await Deno.rename(at("deep"), at("moved"));
      await Deno.symlink(victim, at("deep"));
    },
    words: /now leads to ".*victim.*\/lib" through a link/,
  },
  "a link to where it was moved": {
    async swap({ lib, at }) {
      await Deno.rename(lib, at("moved"));
      await Deno.symlink(at("moved"), lib);
    },
    words: /now leads to ".*moved" through a link/,
  },
  "a chain of links": {
    async swap({ lib, victim, at }) {
      await Deno.remove(lib);
      await Deno.symlink(victim, at("hop"));
      await Deno.symlink("../hop", lib);
    },
    words: /now leads to ".*victim.*" through a link/,
  },
  "another folder": {
    async swap({ lib, at }) {
      await Deno.rename(lib, at("moved"));
      await Deno.mkdir(lib);
    },
    words: /has been replaced/,
  },
  "a folder that was somewhere else": {
    async swap({ lib, at }) {
      await Deno.remove(lib);
      await Deno.rename(at("other"), lib);
    },
    words: /has been replaced/,
  },
  "nothing": {
    swap: ({ lib, at }) => Deno.rename(lib, at("renamed")),
    words: /no longer exists/,
  },
  "a file": {
    async swap({ lib }) {
      await Deno.remove(lib);
      await Deno.writeTextFile(lib, "");
    },
    words: /is no longer a folder/,
  },
};

Deno.test("a run that waits is not let loose where its folder became another one", async (t) => {
  await using stage = await makeStage();
  const cases = [];
  for (const [index, [name, swap]] of Object.entries(SWAPS).entries()) {
    const place = await world(stage, `case-${index}`);
    const id = await stage.start(mark, "--hold", "--project", place.lib);
    cases.push({ name, ...swap, place, id });
  }
  for (const { swap, place } of cases) await swap(place);
  const released = await stage.agentctl([
    "release",
    ...cases.map(({ id }) => id),
  ]);
  assertEquals(released.code, 0, released.stderr);
  for (const { name, words, place, id } of cases) {
    await t.step(name, async () => {
      const { record, code } = await stage.wait(id);
      const about = JSON.stringify(record, null, 1);
      assertEquals([code, record["status"]], [4, "failed"], about);
      const failure = record["failure"] as Record<string, string>;
      assertEquals(failure["class"], "folder_changed", about);
      assertMatch(failure["message"] ?? "", words);
      assertMatch(failure["remedy"] ?? "", /start the run again/);
      const held = await place.victimHolds();
      assertEquals(held.filter((name) => name !== "lib"), []);
    });
  }
});

Deno.test("a run that waits works where its folder is the one that it was, whatever happened to it: the control", async () => {
  await using stage = await makeStage();
  const place = await world(stage);
  const id = await stage.start(mark, "--hold", "--project", place.lib);
  await Deno.rename(place.lib, place.at("moved"));
  await Deno.rename(place.at("moved"), place.lib);
  await Deno.writeTextFile(join(place.lib, "new"), "");
  await Deno.chmod(place.lib, 0o755);
  await stage.agentctl(["release", id]);
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"]], [0, "finished"]);
  await Deno.stat(join(place.lib, "mark"));
});

Deno.test("a link at the start is followed once, and the record has the folder behind it", async () => {
  await using stage = await makeStage();
  const place = await world(stage);
  await Deno.symlink(place.lib, place.at("link"));
  const id = await stage.start(mark, "--hold", "--project", "link");
  assertEquals((await stage.show(id))["cwd"], place.lib);
  // Where the link leads by then is no matter.
  await Deno.remove(place.at("link"));
  await Deno.symlink(place.victim, place.at("link"));
  await stage.agentctl(["release", id]);
  assertEquals((await stage.wait(id)).code, 0);
  await Deno.stat(join(place.lib, "mark"));
  assertEquals(await place.victimHolds(), []);
});

Deno.test("the hook asks for a folder that a link leads out of the session's", async () => {
  await using stage = await makeStage();
  const { at, victim, lib } = await world(stage);
  await Deno.symlink(victim, at("out"));
  await Deno.symlink("/", at("deep", "up"));
  await Deno.symlink("../out", at("other", "hop"));
  await Deno.symlink(lib, at("in"));
  const passes = async (project: string, cwd = at()) => {
    const answer = await preToolUse(
      JSON.stringify({
        cwd,
        tool_name: "Bash",
        tool_input: {
          command: `agentctl start --project '${project}' --prompt x`,
        },
      }),
      stage.env,
    );
    return answer?.includes('"allow"') ?? false;
  };
  for (
    const project of [
      ...["out", "./out", at("out"), "deep/up", "deep/up/etc", "other/hop"],
      `deep/up${victim}`,
    ]
  ) assertEquals(await passes(project), false, project);
  for (const project of ["in", "deep/lib", ".", at("in"), "a-name"]) {
    assertEquals(await passes(project), true, project);
  }
  // The session's own folder may be reached by a link.
  const link = join(stage.scratch.dir, "link");
  await Deno.symlink(at(), link);
  assertEquals(await passes(join(link, "deep"), link), true);
  assertEquals(await passes("out", link), false);
});

Deno.test("the name of a project stands for the folder that was registered", async () => {
  await using stage = await makeStage();
  const place = await world(stage);
  const start = () =>
    stage.agentctl(["start", "--project", "lib", "--prompt", mark]);
  const add = () => stage.agentctl(["add-project", "lib", place.lib]);
  assertEquals((await add()).code, 0);
  const honest = await start();
  assertEquals(honest.code, 0, honest.stderr);
  assertEquals((await stage.wait(honest.stdout.trim())).code, 0);
  await Deno.rename(place.lib, place.at("moved"));
  await Deno.symlink(place.victim, place.lib);
  const { code, stderr } = await start();
  assertEquals(code, 5);
  assertMatch(stderr, /project "lib" now leads to ".*victim"/);
  assertEquals(await place.victimHolds(), []);
  // Who registers it again means what it is now.
  assertEquals((await add()).code, 0);
  const meant = await start();
  assertEquals((await stage.wait(meant.stdout.trim())).code, 0);
  assertEquals(await place.victimHolds(), ["mark"]);
});

Deno.test("rerunning or continuing a run leads nowhere else", async () => {
  await using stage = await makeStage();
  const place = await world(stage);
  const id = await stage.start(mark, "--project", place.lib);
  assertEquals((await stage.wait(id)).code, 0);
  const again = [
    ["rerun", id],
    ["resume", "--parent-run-id", id, "--prompt", "Go on"],
  ];
  await Deno.rename(place.lib, place.at("moved"));
  await Deno.symlink(place.victim, place.lib);
  for (const argv of again) {
    const { code, stderr } = await stage.agentctl(argv);
    assertEquals(code, 5, stderr);
    assertMatch(
      stderr,
      /now leads to ".*victim" through a link; name the right/,
    );
  }
  assertEquals(await place.victimHolds(), []);
  const { code, stderr } = await stage.agentctl(
    ["rerun", id, "--project", place.at("moved")],
  );
  assertEquals(code, 0, stderr);
  // A folder that was made again, as by another clone, is what is asked for.
  await Deno.remove(place.lib);
  await Deno.mkdir(place.lib);
  for (const argv of again) {
    const { code, stderr } = await stage.agentctl(argv);
    assertEquals(code, 0, stderr);
  }
});

Deno.test("a further attempt is not made where the folder became another one", async () => {
  await using stage = await makeStage();
  const place = await world(stage);
  const id = await stage.start(
    steps("Try", { wait_for_file: "go" }, resultStep(false, "no", "again")),
    ...["--project", place.lib, "--escalate", "deep"],
  );
  await stage.waitForFile(id, "events.jsonl", "turn.started");
  const isPaused = await stage.agentctl(["pause", "deep"]);
  assertEquals(isPaused.code, 0, isPaused.stderr);
  await Deno.writeTextFile(join(place.lib, "go"), "");
  const next = await until("the first attempt names the next", async () => {
    return String((await stage.show(id))["next_run_id"] ?? "");
  });
  await Deno.rename(place.lib, place.at("moved"));
  await Deno.symlink(place.victim, place.lib);
  await stage.agentctl(["unpause", "deep"]);
  const { record } = await stage.wait(next);
  assertEquals(
    (record["failure"] as Record<string, string>)["class"],
    "folder_changed",
  );
  assertEquals(await place.victimHolds(), []);
});

Deno.test("a run ends when a link comes into its path, and its check is not run there", async () => {
  await using stage = await makeStage();
  const place = await world(stage);
  const id = await stage.start(
    steps("Work", { wait_for_file: "go" }, resultStep(true, "done")),
    ...["--project", place.lib, "--verify", "touch checked"],
  );
  await stage.waitForFile(id, "events.jsonl", "turn.started");
  await Deno.rename(place.lib, place.at("moved"));
  await Deno.symlink(place.victim, place.lib);
  const { record } = await stage.wait(id);
  assertEquals(record["status"], "failed", JSON.stringify(record));
  assertEquals(
    (record["failure"] as Record<string, string>)["class"],
    "folder_changed",
  );
  assertEquals(await place.victimHolds(), []);
});

Deno.test("a worktree whose commit has a link in the place of the folder is not set up there", async () => {
  await using stage = await makeStage();
  const place = await world(stage);
  const { repository } = stage;
  const subfolder = place.at("sub");
  await Deno.symlink(place.victim, subfolder);
  await repository.git("add", "sub");
  await repository.git("commit", "-qm", "A link");
  // In the work tree it is a folder; the worktree gets what was committed.
  await Deno.remove(subfolder);
  await Deno.mkdir(subfolder);
  await stage.agentctl([
    ...["add-project", "sub", subfolder, "--worktree"],
    ...["--setup", "touch set-up"],
  ]);
  const id = await stage.start(mark, "--project", "sub");
  const { record } = await stage.wait(id);
  assertEquals(
    (record["failure"] as Record<string, string> | null)?.["class"],
    "folder_changed",
    JSON.stringify(record),
  );
  assertEquals(await place.victimHolds(), []);
});

Deno.test("a worktree is not made through a link that came into its path", async () => {
  await using stage = await makeStage();
  const place = await world(stage);
  const worktrees = join(stage.scratch.home, ".ai-orch", "worktrees");
  const id = await stage.start(mark, "--hold", "--worktree");
  await Deno.symlink(place.victim, worktrees);
  await stage.agentctl(["release", id]);
  const { record } = await stage.wait(id);
  assertEquals(
    (record["failure"] as Record<string, string> | null)?.["class"],
    "folder_changed",
    JSON.stringify(record),
  );
  assertEquals(await place.victimHolds(), []);
});

Deno.test("all works in a home that is reached by a link", async () => {
  await using stage = await makeStage();
  // As where /home is a link to /usr/home.
  const link = join(stage.scratch.dir, "linked");
  await Deno.symlink(stage.scratch.dir, link);
  const cwd = join(link, "repository");
  const env = { HOME: join(link, "home") };
  const call = async (...argv: string[]) => {
    const output = await stage.agentctl(argv, { cwd, env });
    assert(output.code === 0, `${argv.join(" ")}: ${output.stderr}`);
    return output.stdout.trim();
  };
  await call("add-project", "shop", cwd, "--worktree");
  const plain = await call("start", "--no-worktree", "--prompt", mark);
  await call("wait", plain);
  const own = await call("start", "--project", "shop", "--prompt", mark);
  const { project, worktree_state } = JSON.parse(
    await call("wait", own, "--full"),
  );
  assertEquals([project, worktree_state.state], ["shop", "kept"]);
  const listed = JSON.parse(await call("list", "--json", "--project", cwd));
  assertEquals(listed.length, 2);
  await Deno.remove(join(stage.repository.dir, "mark"));
  await call("merge", own);
  await Deno.stat(join(stage.repository.dir, "mark"));
  await call("rerun", plain);
});

Deno.test("real Codex: of two workers, one in a folder of the other's, none gets out by a link", async () => {
  const swapped = Promise.withResolvers<void>();
  await using server = startModelServer(
    scriptByPrompt(({ prompts }) =>
      prompts[0] === "Above"
        ? [
          callShell('mv lib moved; ln -s "$(cat target)" lib; ls -l'),
          finish({
            goal_met: true,
            summary: "",
            followup_prompt: "",
            notes: "",
          }),
        ]
        : [
          callShell("touch inside"),
          delayUntil(swapped.promise, callShell("touch outside; ls")),
          finish({
            goal_met: true,
            summary: "",
            followup_prompt: "",
            notes: "",
          }),
        ]
    ),
  );
  // In the folder for temporary files Codex itself refuses such a link.
  await using stage = await makeStage({ modelServer: server, dir: "/var/tmp" });
  const place = await world(stage);
  const lib = place.at("lib");
  await Deno.mkdir(lib);
  await Deno.writeTextFile(place.at("target"), place.victim);
  const below = await stage.start("Below", "--project", lib);
  await stage.waitForFile(below, "events.jsonl", '"exit_code":0');
  await Deno.stat(join(lib, "inside"));
  const above = await stage.start("Above");
  assertEquals((await stage.wait(above)).code, 0);
  assertEquals((await Deno.lstat(lib)).isSymlink, true, "The control");
  await until(
    "the run below has ended",
    async () => (await stage.show(below))["status"] !== "running",
  );
  swapped.resolve();
  const { record } = await stage.wait(below);
  assertEquals(
    (record["failure"] as Record<string, string> | null)?.["class"],
    "folder_changed",
    JSON.stringify(record),
  );
  assertEquals(await place.victimHolds(), []);
});
