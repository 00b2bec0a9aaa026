import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { rerunRequest } from "../../src/fleet/rerun.ts";
import { resumeRequest } from "../../src/fleet/resume.ts";
import { termsOfRun } from "../../src/task/run_terms.ts";
import { prepareRun } from "../../src/fleet/start.ts";
import type { StartRequest } from "../../src/task/start_request.ts";
import type { TaskChoices } from "../../src/task/task_option_rows.ts";
import { reasonsOfTool } from "../../src/permission/judge_call.ts";
import { reasonsToAsk } from "../../src/permission/reasons_to_ask.ts";
import { parseRunId } from "../../src/run/id.ts";
import type { RunRecord } from "../../src/run/record.ts";
import { runFiles, writeRecord } from "../../src/run/store.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import { askHook, PROFILES } from "../claude/hook_session.ts";

const SANDBOXES = [
  undefined,
  "read-only",
  "workspace-write",
  "danger-full-access",
] as const;

const PROFILE_NAMES = [undefined, "plain", "free", "web", "wide"] as const;

const CONFIGS = [
  {},
  { default_sandbox: "danger-full-access" },
  { default_profile: "free" },
  { default_profile: "plain", escalate: { plain: ["web"] } },
];

/** All choices of one of each. */
function* combined<A, B, C>(
  one: readonly A[],
  two: readonly B[],
  three: readonly C[],
): Generator<[A, B, C]> {
  for (const a of one) {
    for (const b of two) for (const c of three) yield [a, b, c];
  }
}

/** What is asked about a run, read from the record that it would have. */
async function kindsOfRecord(
  stage: Stage,
  request: StartRequest,
): Promise<string[]> {
  const context = await stage.fleet();
  const { task } = await prepareRun(context, request);
  const record: RunRecord = {
    ...finishedRecord(),
    ...task,
    worktree: null,
  };
  return kinds(
    await reasonsToAsk(
      await termsOfRun(context, record),
      { folder: stage.repository.dir, env: stage.env },
    ),
  );
}

function kinds(reasons: { kind: string }[]): string[] {
  return [...new Set(reasons.map(({ kind }) => kind))].sort();
}

/** Whether the hook asks. */
async function asks(
  stage: Stage,
  tool: string,
  tool_input: Record<string, unknown>,
): Promise<boolean> {
  const cwd = stage.repository.dir;
  const env = { ...stage.env, PATH: "/usr/bin:/bin" };
  const call = { cwd, tool_name: tool, tool_input };
  const { decision } = await askHook(call, env);
  assert(decision !== null, JSON.stringify(tool_input));
  return decision === "ask";
}

const TOOL = "mcp__plugin_agentctl_agentctl__";

/** Options of a call, and the same as keys of a batch. */
function spell(choices: TaskChoices): { words: string; keys: string } {
  const given = Object.entries(choices).filter(([, value]) =>
    value !== undefined
  );
  return {
    words: given.map(([name, value]) => ` --${name} '${value}'`).join(""),
    keys: given.map(([name, value]) => `${name}: ${value}\n`).join(""),
  };
}

async function makePlaces(stage: Stage): Promise<string> {
  const codex = stage.env["CODEX_HOME"] ?? join(stage.scratch.home, ".codex");
  await Deno.mkdir(codex, { recursive: true });
  const { "config.toml": _, ...profiles } = PROFILES;
  for (
    const [name, text] of Object.entries({
      ...profiles,
      "plain.config.toml": "",
    })
  ) await Deno.writeTextFile(join(codex, name), text);
  const shop = join(stage.scratch.home, "shop");
  const elsewhere = join(stage.scratch.home, "elsewhere");
  for (const path of [shop, elsewhere]) await Deno.mkdir(path);
  const added = await stage.agentctl([
    ...["add-project", "shop", shop, "--default-profile", "free"],
    ...["--verify", "true"],
  ]);
  assertEquals(added.code, 0, added.stderr);
  return elsewhere;
}

async function writeConfig(stage: Stage, config: object): Promise<void> {
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify(config),
  );
}

Deno.test("start, a batch, the tools and the hook agree on what is asked about, in every combination", async () => {
  await using stage = await makeStage();
  const elsewhere = await makePlaces(stage);
  const prompt = new TextEncoder().encode("x");
  const seen = new Set<string>();
  let asked = 0, count = 0;
  for (const config of CONFIGS) {
    await writeConfig(stage, config);
    for (
      const [sandbox, profile, project] of combined(
        SANDBOXES,
        PROFILE_NAMES,
        [undefined, "shop", elsewhere],
      )
    ) {
      for (
        const verify of profile === undefined
          ? [undefined, "true"]
          : [undefined]
      ) {
        const choices = { sandbox, profile, project, verify };
        const given = JSON.stringify({ config, choices });
        const expected = await kindsOfRecord(stage, { ...choices, prompt });
        const { words, keys } = spell(choices);
        const batch =
          `agentctl start --batch - <<'T'\n--- task: a\n${keys}---\nx\nT`;
        const answers = [
          await asks(stage, "Bash", {
            command: `agentctl start${words} --prompt x`,
          }),
          await asks(stage, "Bash", { command: batch }),
          await asks(stage, `${TOOL}start`, { prompt: "x", ...choices }),
          await asks(stage, `${TOOL}start_batch`, {
            tasks: [{ name: "a", prompt: "x", ...choices }],
          }),
        ];
        assertEquals(answers, Array(4).fill(expected.length > 0), given);
        const site = { cwd: stage.repository.dir, env: stage.env };
        assertEquals(
          kinds(
            await reasonsOfTool("start", { prompt: "x", ...choices }, {
              ...site,
              folder: site.cwd,
            }),
          ),
          expected,
          given,
        );
        for (const kind of expected) seen.add(kind);
        asked += expected.length > 0 ? 1 : 0;
        count++;
      }
    }
  }
  // Neither always nor never.
  assertEquals([...seen].sort(), [
    ...["check", "folder", "network", "unsandboxed", "writable"],
  ]);
  assert(asked > 50 && count - asked > 10, `${asked} of ${count}`);
});

Deno.test("resume and rerun agree with the hook on what is asked about, whatever the earlier run was", async () => {
  await using stage = await makeStage();
  const elsewhere = await makePlaces(stage);
  const parents: Partial<RunRecord>[] = [
    { sandbox: "workspace-write", profile: "plain" },
    { sandbox: "danger-full-access", profile: "free" },
    { sandbox: "danger-full-access", profile: null },
    { sandbox: "workspace-write", profile: "web", verify: "true" },
    { sandbox: "read-only", profile: "web" },
    { sandbox: "workspace-write", profile: null, cwd: elsewhere },
  ];
  const ids: string[] = [];
  const { workspace } = await stage.fleet();
  for (const [index, change] of parents.entries()) {
    const run_id = `20260102-03040${index}-aaaa`;
    const record = finishedRecord({
      run_id,
      cwd: stage.repository.dir,
      project: null,
      thread_id: "t",
      ...change as object,
    });
    const { folder, prompt } = runFiles(workspace, parseRunId(run_id));
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(prompt, "x");
    await writeRecord(workspace, record);
    ids.push(run_id);
  }
  let asked = 0, count = 0;
  for (const config of CONFIGS) {
    await writeConfig(stage, config);
    for (
      const [sandbox, profile, text] of combined(SANDBOXES, PROFILE_NAMES, ids)
    ) {
      const id = parseRunId(text);
      const choices = { sandbox, profile };
      const given = JSON.stringify({ config, choices, id });
      const { words } = spell(choices);
      const context = await stage.fleet();
      const again = await rerunRequest(context, id, choices);
      const rerun = (await kindsOfRecord(stage, again)).length > 0;
      assertEquals(
        await asks(stage, "Bash", { command: `agentctl rerun ${id}${words}` }),
        rerun,
        `rerun ${given}`,
      );
      const resumed = await resumeRequest(context, id, choices);
      const resume = (await kindsOfRecord(stage, {
        ...resumed,
        prompt: new TextEncoder().encode("x"),
      })).length > 0;
      const command = `agentctl resume --parent-run-id ${id}${words} -p x`;
      assertEquals(
        await asks(stage, "Bash", { command }),
        resume,
        `resume ${given}`,
      );
      assertEquals(
        await asks(stage, `${TOOL}resume`, { parent_run_id: id, ...choices }),
        resume,
        `resume ${given}`,
      );
      asked += rerun || resume ? 1 : 0;
      count++;
    }
  }
  assert(asked > 50 && count - asked > 10, `${asked} of ${count}`);
});

Deno.test("the hook asks about several runs by one word as soon as one of them may do more, or its first attempt may", async () => {
  await using stage = await makeStage();
  await makePlaces(stage);
  const { workspace } = await stage.fleet();
  const add = async (number: number, labels: string[], change: object) => {
    const run_id = `20260102-03040${number}-aaaa`;
    const record = finishedRecord({
      ...{ run_id, root_run_id: run_id, labels },
      ...{ cwd: stage.repository.dir, project: null },
      ...change,
    });
    await Deno.mkdir(runFiles(workspace, parseRunId(run_id)).folder, {
      recursive: true,
    });
    await writeRecord(workspace, record);
    return run_id;
  };
  const plain = { sandbox: "workspace-write", profile: "plain" };
  const free = { sandbox: "danger-full-access", profile: "free" };
  await add(1, ["plain", "all-plain"], plain);
  await add(2, ["all-plain"], plain);
  await add(3, ["plain"], { ...plain, profile: "web" });
  const first = await add(4, [], free);
  await add(5, ["later"], { ...plain, root_run_id: first });
  const asked = (command: string) => asks(stage, "Bash", { command });
  assertEquals(await asked("agentctl rerun @all-plain"), false);
  assertEquals(await asked("agentctl rerun @plain"), true);
  assertEquals(await asked("agentctl rerun @later"), true);
  // What cannot be read may be anything.
  const { folder } = runFiles(workspace, parseRunId(first));
  await Deno.remove(folder, { recursive: true });
  assertEquals(await asked("agentctl rerun @later"), true);
  assertEquals(await asked("agentctl send @all-plain x"), false);
  assertEquals(await asked("agentctl release @plain"), true);
  assertEquals(await asked("agentctl release @all-plain"), false);
});
