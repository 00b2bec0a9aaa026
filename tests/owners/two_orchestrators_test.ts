import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { postToolUse } from "../../src/claude/hooks/post_tool_use.ts";
import { sessionStart } from "../../src/claude/hooks/session_start.ts";
import { connectProcess } from "../mcp/mcp_client.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { type FakeClaude, fakeClaude } from "./fake_claude.ts";

/** Of the ten runs of each, so many end by themselves, so many work until they are stopped, and the rest is held. */
const ENDING = 1;
const WORKING = 1;
const RUNS = 10;

/** A session of Claude Code and the runs that it has started, oldest first. */
interface Orchestrator {
  claude: FakeClaude;
  ids: string[];
  ended: string[];
  live: string[];
}

Deno.test("two orchestrators with 20 runs: nobody is told, stopped or waited for wrongly", async () => {
  await using stage = await makeStage();
  const a = await orchestrator(stage, "aaaa", 1001);
  const b = await orchestrator(stage, "bbbb", 1002);
  const both = [a, b];
  for (const id of both.flatMap(({ ended }) => ended)) {
    await stage.waitForFile(id, "meta.json", '"ended_at"');
  }

  // Told: by the inbox, at the start of a session and after the Bash call.
  for (const { claude, ended, live } of both) {
    assertEquals(await inbox(stage, claude), ended);
    const caller = { cwd: stage.repository.dir, env: claude.env };
    const begun = await sessionStart(caller, "compact") ?? "";
    const woken = await postToolUse(
      JSON.stringify({
        cwd: caller.cwd,
        session_id: claude.owner.session,
        tool_input: { command: "agentctl start --batch -" },
        tool_response: { stdout: ended.join("\n") },
      }),
      stage.env,
      0,
    ) ?? "";
    const [running, unread] = begun.split("\n\n").map(idsIn);
    assertEquals([running, unread, idsIn(woken)], [
      live,
      ended,
      ended,
    ]);
  }

  // The user looks at everything, and a session at a run of the other.
  for (const id of [...a.ended, ...b.ended]) await stage.show(id);
  assertEquals(await inbox(stage), []);
  const [shown = ""] = b.ended;
  const other = await call(stage, a, "show", shown, "--full");
  assertEquals(JSON.parse(other.stdout).owner, b.claude.owner);
  for (const { claude, ended } of both) {
    assertEquals(await inbox(stage, claude), ended);
  }

  // Waited for: what is named by an id always, and else only what is one's own.
  const [first = ""] = a.ended;
  assertEquals((await call(stage, b, "wait", first)).code, 0);
  assertEquals(await inbox(stage, a.claude), a.ended);
  const waited = await call(stage, a, "wait", first);
  assertEquals(waited.code, 0);
  assertEquals(idsIn(waited.stderr), [first]);
  for (const orchestrator of both) {
    const all = ["--all-running", "--timeout", "50ms", "--json"];
    const { code, stdout } = await call(stage, orchestrator, "wait", ...all);
    assertEquals(code, 124);
    assertEquals(
      JSON.parse(stdout).map(({ run_id }: Run) => run_id),
      orchestrator.live,
    );
    const last = await call(stage, orchestrator, "show", "@last");
    assertEquals(JSON.parse(last.stdout).run_id, orchestrator.ids.at(-1));
  }

  // Listed: one's own, without a column for one owner; for the user, both.
  const list = ["list", "--all"];
  const table = await stage.agentctl(list);
  const listed = async (env?: Record<string, string>) =>
    idsIn((await stage.agentctl([...list, "--json"], { env })).stdout);
  assert(/STATUS +TITLE +OWNER/.test(table.stdout), table.stdout);
  assertEquals(await listed(), [...a.ids, ...b.ids].sort());
  for (const { claude, ids } of both) {
    const row = table.stdout.split("\n").find((line) =>
      line.startsWith(ids[0]?.slice(-4) ?? "?")
    );
    assert(row?.includes(` ${claude.owner.session} %`), row);
  }
  const own = await stage.agentctl(list, { env: a.claude.env });
  assertEquals(await listed(a.claude.env), a.ids);
  assert(!own.stdout.includes("OWNER"), own.stdout);
  assertEquals(
    own.stderr.trim(),
    'Others have runs, too: "agentctl list --everyone"',
  );

  // Stopped: all of one, and none of the other.
  const stopped = await call(stage, a, "stop", "--all", "--json");
  assertEquals(stoppedIn(stopped.stdout), a.live);
  for (const id of b.live) {
    assertEquals("ended_at" in await recordOf(stage, id), false, id);
  }
  assertEquals(
    (await call(stage, a, "stop", "--all")).stderr,
    "No runs to stop\n",
  );
  const rest = await call(stage, a, "stop", "--all", "--everyone", "--json");
  assertEquals(stoppedIn(rest.stdout), b.live);
});

Deno.test("rerun and resume belong to the session that asks, and those of the user to the session of the run", async () => {
  await using stage = await makeStage();
  const session = (name: string, pid: number) =>
    fakeClaude({
      ...{ env: stage.env, session: name, pid },
      folder: stage.repository.dir,
    });
  const a = await session("aaaa", 1001);
  const b = await session("bbbb", 1002);
  const start = async (claude: FakeClaude | null, ...words: string[]) => {
    const { stdout, stderr } = await stage.agentctl(words, {
      env: claude?.env,
    });
    assert(stdout !== "", stderr);
    return await recordOf(stage, stdout.trim());
  };
  const prompt = steps("Do it", resultStep(false, "half", "Do the rest"));
  const task = ["--prompt", prompt, "--profile", "spark"];
  const first = await start(a, "start", ...task, "--escalate", "deep");
  assertEquals(first["owner"], a.owner);
  const id = String(first["run_id"]);
  const { record: last } = await stage.wait(id);
  assertEquals(last["parent_run_id"], id);
  assertEquals(last["owner"], a.owner);

  const users = await start(null, "start", ...task, "--hold");
  assertEquals(users["owner"], {
    ...{ session: null, process: null, pane: null },
    folder: stage.repository.dir,
  });
  const resume = ["resume", "--parent-run-id", String(last["run_id"])];
  for (const [asker, expected] of [[null, a], [b, b]] as const) {
    for (const words of [["rerun", id], [...resume, "--prompt", prompt]]) {
      const { owner } = await start(asker, ...words, "--hold");
      assertEquals(owner, expected.owner, words[0]);
    }
  }
});

Deno.test("an MCP server belongs to the Claude Code that started it, also after /clear", async () => {
  await using stage = await makeStage();
  const common = { env: stage.env, folder: stage.repository.dir };
  const other = await fakeClaude({ ...common, session: "other", pid: 1001 });
  // What starts the server is this process.
  const claude = await fakeClaude({
    ...{ ...common, session: "now", pid: Deno.pid },
  });
  const env = { ...claude.env, CLAUDE_CODE_SESSION_ID: "before" };
  await using mcp = await connectProcess({ ...stage, env });
  const start = async () => {
    const { data } = await mcp.call("start", { prompt: "Do it", hold: true });
    const { owner } = await recordOf(stage, data.run_id);
    return { id: data.run_id, owner };
  };
  const first = await start();
  assertEquals(first.owner, claude.owner);
  const others = ["start", "--prompt", "Do it", "--hold"];
  const { stdout } = await stage.agentctl(others, { env: other.env });
  const cleared = await claude.cleared("later");
  const second = await start();
  assertEquals(second.owner, cleared.owner);

  const listed = async (args: Record<string, unknown>) =>
    (await mcp.call("list", args)).data.runs as (Run & { owner?: unknown })[];
  const own = [second.id, first.id];
  assertEquals((await listed({})).map(({ run_id }) => run_id), own);
  const all = await listed({ everyone: true });
  assertEquals(
    all.map(({ run_id, owner }) => [run_id, owner]),
    [
      [second.id, { session: "later", pane: null }],
      [stdout.trim(), { session: "other", pane: null }],
      [first.id, { session: "now", pane: null }],
    ],
  );
  const { data } = await mcp.call("show", { run_id: "@last" });
  assertEquals(data.run.run_id, second.id);
});

interface Run {
  run_id: string;
}

/** A session that has started ten runs at once. */
async function orchestrator(
  stage: Stage,
  session: string,
  pid: number,
): Promise<Orchestrator> {
  const claude = await fakeClaude({
    ...{ env: stage.env, session, pid, pane: `%${pid}` },
    folder: stage.repository.dir,
  });
  const forever = { wait_for_file: join(stage.scratch.dir, "never") };
  const tasks = Array.from({ length: RUNS }, (_, index) => {
    const ends = index < ENDING;
    const held = index >= ENDING + WORKING;
    return [
      `--- task: ${session}-${index}`,
      ...held ? ["hold: true"] : [],
      "---",
      steps(
        `Task ${index}`,
        ...ends ? [] : [forever],
        resultStep(true, `did ${index}`),
      ),
    ].join("\n");
  });
  const file = join(stage.scratch.dir, `${session}.tasks`);
  await Deno.writeTextFile(file, tasks.join("\n") + "\n");
  const { env } = claude;
  const batch = ["start", "--batch", file];
  const { stdout, stderr } = await stage.agentctl(batch, { env });
  const ids = stdout.trim().split("\n");
  assertEquals(ids.length, RUNS, stderr);
  const ended = ids.slice(0, ENDING);
  return { claude, ids, ended, live: ids.slice(ENDING) };
}

/** A command of an orchestrator's. */
function call(stage: Stage, { claude }: Orchestrator, ...words: string[]) {
  return stage.agentctl(words, { env: claude.env });
}

/** The inbox of a session, or of the user. */
async function inbox(stage: Stage, claude?: FakeClaude): Promise<string[]> {
  const { stdout } = await stage.agentctl(["inbox", "--json"], {
    env: claude?.env,
  });
  return JSON.parse(stdout).map(({ run_id }: Run) => run_id);
}

/** The runs that a text names, each once, in the order of their ids. */
function idsIn(text: string): string[] {
  return [...new Set(text.match(/\b\d{8}-\d{6}-[0-9a-z]{4}\b/g) ?? [])].sort();
}

function stoppedIn(json: string): string[] {
  return JSON.parse(json).map((run: Run & { status: string }) => {
    assertEquals(run.status, "stopped");
    return run.run_id;
  });
}

async function recordOf(
  stage: Stage,
  id: string,
): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(stage.runFile(id, "meta.json")));
}
