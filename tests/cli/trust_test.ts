import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage } from "../support/stage.ts";

/** A workspace in the repository that says something of each kind. */
async function planted() {
  const stage = await makeStage();
  const root = join(stage.repository.dir, ".ai-orch");
  const config = join(root, "config.jsonc");
  const prompt = join(root, "prompts", "spark.md");
  await Deno.mkdir(join(root, "prompts"), { recursive: true });
  await Deno.writeTextFile(
    config,
    JSON.stringify({ on_finish: "echo \u202e; true", max_attempts: 3 }),
  );
  await Deno.writeTextFile(prompt, "Say\tyes\x1b[2J\u{e0041}\nto all\n");
  const json = async (...args: string[]) =>
    JSON.parse((await stage.agentctl(["trust", "--json", ...args])).stdout);
  return { stage, root, config, prompt, json };
}

Deno.test("trust shows what would act, with nothing hidden in it, and approves it", async () => {
  const { stage, root, config, prompt, json } = await planted();
  await using _ = stage;
  const { agentctl, repository } = stage;
  const shown = (state: string) =>
    `${config}: ${state}\n  on_finish: "echo \\u{202e}; true"\n${prompt}: ${state}\n  | Say    yes\\u{001b}[2J\\u{e0041}\n  | to all\n`;

  const before = await agentctl(["trust", "--show"]);
  assertEquals([before.code, before.stdout, before.stderr], [
    0,
    shown("not approved"),
    "",
  ]);
  const ignored = async () =>
    (await agentctl(["list"])).stderr.split("\n")
      .filter((line) => line.startsWith("Ignored ")).join("\n");
  const lines =
    `Ignored on_finish of "${config}": not approved; look at it and run "agentctl trust ${repository.dir}"\n` +
    `Ignored the prompt "spark" of "${prompt}": not approved; look at it and run "agentctl trust ${repository.dir}"`;
  assertEquals(await ignored(), lines);
  // Looking approves nothing.
  assertEquals(await ignored(), lines);

  const done = await agentctl(["trust", repository.dir], { cwd: "/" });
  assertEquals([done.code, done.stdout, done.stderr], [
    0,
    shown("not approved"),
    `Approved; withdraw the approval with "agentctl trust ${repository.dir} --untrust"\n`,
  ]);
  assertEquals(await ignored(), "");
  assertEquals((await agentctl(["trust"])).stderr, "Nothing to approve\n");
  assertEquals((await agentctl(["trust", "--show"])).stdout, shown("approved"));
  assertEquals(await json("--show"), {
    workspace: root,
    files: [
      {
        path: config,
        state: "approved",
        settings: { on_finish: "echo \u202e; true" },
      },
      {
        path: prompt,
        state: "approved",
        prompt: "Say\tyes\x1b[2J\u{e0041}\nto all\n",
      },
    ],
  });

  await Deno.writeTextFile(config, '{ "on_finish": "evil" }');
  assertEquals(
    (await json("--show")).files.map(({ state }: { state: string }) => state),
    ["changed", "approved"],
  );
  assertStringIncludes(
    (await agentctl(["list"])).stderr,
    "it has changed since you approved it",
  );

  const untrusted = await agentctl(["trust", "--untrust"]);
  assertEquals(
    untrusted.stderr,
    `Withdrew the approval of ${config}, ${prompt}\n`,
  );
  assertEquals((await ignored()).match(/not approved/g)?.length, 2);
  // Also where nothing is left of it.
  await agentctl(["trust"]);
  await Deno.remove(root, { recursive: true });
  assertEquals((await json(repository.dir, "--untrust")).untrusted.length, 2);
});

Deno.test("trust approves all of a workspace or nothing", async () => {
  const { stage, config, prompt } = await planted();
  await using _ = stage;
  await Deno.remove(prompt);
  await Deno.symlink(config, prompt);
  const link = await stage.agentctl(["trust"]);
  assertEquals([link.code, link.stdout], [5, ""]);
  assertEquals(
    link.stderr,
    `Cannot approve "${prompt}": it is a link; put a plain file of your own there\n`,
  );
  await Deno.remove(prompt);
  await Deno.writeTextFile(config, '{ "on_finnish": "evil" }');
  const wrong = await stage.agentctl(["trust", "--json"]);
  assertEquals(wrong.code, 5);
  assertStringIncludes(
    wrong.stderr,
    'key "on_finnish" is unknown; did you mean "on_finish"',
  );
  assertEquals(
    [...Deno.readDirSync(stage.scratch.home)].map(({ name }) => name),
    [],
  );
});

Deno.test("trust is for people: not for a run, and not for what is theirs already", async () => {
  const { stage, config } = await planted();
  await using _ = stage;
  const inRun = await stage.agentctl(["trust"], {
    env: { AGENTCTL_RUN_ID: "20260101-000000-0000" },
  });
  assertEquals(inRun.code, 5);
  assertStringIncludes(inRun.stderr, 'this is run "20260101-000000-0000"');
  assertStringIncludes((await stage.agentctl(["list"])).stderr, config);

  await stage.agentctl(["init", stage.scratch.home]);
  const own = await stage.agentctl(["trust", stage.scratch.home]);
  assertEquals([own.code, own.stderr], [0, "Nothing to approve\n"]);
  assertStringIncludes(own.stdout, "your own, needs no approval");
  assert(
    ![...Deno.readDirSync(stage.workspace)].some(({ name }) =>
      name === "approved"
    ),
  );
  for (const words of [["a", "b"], ["--show", "--untrust"]]) {
    assertEquals((await stage.agentctl(["trust", ...words])).code, 2);
  }
  assertEquals((await stage.agentctl(["trust", "nowhere"])).code, 3);
});
