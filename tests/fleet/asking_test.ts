import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { statusLineScript } from "../../src/claude/plugin/status_line.ts";
import { leaveAnswer } from "../../src/run/questions.ts";
import { parseRunId } from "../../src/run/id.ts";
import { writeRecord } from "../../src/run/store.ts";
import { connectHere } from "../mcp/mcp_client.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import { within } from "../support/until.ts";
import { makeRunFolder } from "../run/run_folder.ts";
import { approval, askingRun, WAITS_FOR_LOCKS } from "./asking_run.ts";

const [ONE, TWO, ENDED] = [1, 2, 3].map((n) => `20260102-030405-000${n}`) as [
  ...[string, string, string],
];

/** A stage with two runs that work, and one that has ended. */
async function makeRuns(stage: Stage) {
  const { workspace } = await stage.fleet();
  const ended = parseRunId(ENDED);
  await makeRunFolder(workspace, ended);
  await writeRecord(workspace, finishedRecord({ run_id: ended }));
  return {
    one: await askingRun(workspace, { run_id: ONE }),
    two: await askingRun(workspace, { run_id: TWO, title: "Second" }),
  };
}

Deno.test(
  "a wait returns as soon as one of its runs asks, with exit code 6 and the same records; inbox and list say so",
  WAITS_FOR_LOCKS,
  async () => {
    await using stage = await makeStage();
    const { one, two } = await makeRuns(stage);
    using _locks = stackOf(one, two);
    const session = {
      ...stage.env,
      CLAUDECODE: "1",
      CLAUDE_CODE_SESSION_ID: "aaaa",
    };
    const wait = (...args: string[]) =>
      within("the wait", stage.agentctl(["wait", ...args]));

    const underWay = wait(ONE, TWO);
    const first = await two.ask();
    const several = await underWay;
    assertEquals(several.code, 6, several.stderr);
    const records = JSON.parse(several.stdout);
    assertEquals(
      records.map((
        { run_id, status, waiting_for }: Record<string, { id: number }>,
      ) => [run_id, status, waiting_for?.id]),
      [[ONE, "running", undefined], [TWO, "running", 1]],
    );
    assertStringIncludes(
      several.stderr,
      `Run ${TWO} asks: Which database? Answer it with "agentctl answer ${TWO}/1 --choice N" or "agentctl answer ${TWO}/1 TEXT", and wait again`,
    );
    assertStringIncludes(several.stderr, `Still running: ${ONE} ${TWO}`);
    const single = await wait(TWO);
    assertEquals([single.code, JSON.parse(single.stdout).run_id], [6, TWO]);
    const digest = await stage.agentctl(["wait", ONE, TWO], { env: session });
    const [, line = ""] = digest.stdout.split("\n");
    assertEquals(digest.code, 6);
    assert(line.startsWith(`? ${TWO} "Second" (asks`), line);
    assertStringIncludes(line, `"answer_with":["agentctl answer ${TWO}/1`);

    const list = await stage.agentctl(["list"]);
    assertStringIncludes(list.stdout, "? asks");
    assertStringIncludes(list.stdout, "Second (Which database?)");
    const inbox = await stage.agentctl(["inbox"]);
    assertEquals(inbox.stdout.split("\n").map((line) => line.slice(0, 22)), [
      ...[`? ${TWO}`, "  agentctl answer 2026", "  agentctl answer 2026"],
      ...[`✓ ${ENDED}`, ""],
    ]);
    const json = JSON.parse(
      (await stage.agentctl(["inbox", "--json"])).stdout,
    );
    assertEquals(json[0].waiting_for.asks[0].question, "Which database?");

    const any = await wait(ENDED, ONE, TWO, "--any");
    assertEquals(any.code, 6, any.stderr);
    assertEquals(
      any.stdout.trim().split("\n").map((line) => JSON.parse(line).run_id)
        .sort(),
      [TWO, ENDED],
    );

    // Until the worker goes on, its record has the question, which is answered.
    two.suspend();
    await leaveAnswer(two.folder, 1, {
      ...{ by: "person", at: new Date().toISOString() },
      ...{ decision: "answer", texts: ["sqlite"] },
    });
    const over = await wait(TWO, "--timeout", "200ms");
    assertEquals(over.code, 124, over.stderr);
    assertEquals(
      JSON.parse((await stage.agentctl(["inbox", "--json"])).stdout).length,
      0,
    );
    two.resume();
    await first.answer;
    const ending = wait(TWO);
    await two.end();
    assertEquals((await ending).code, 0);
  },
);

Deno.test(
  "the tools wait, inbox and list say what a worker asks, and what to call",
  WAITS_FOR_LOCKS,
  async () => {
    await using stage = await makeStage();
    const { one, two } = await makeRuns(stage);
    using _locks = stackOf(one, two);
    await using mcp = await connectHere(stage);
    const wait = (run_ids: string[], more = {}) =>
      within("the wait", mcp.call("wait", { run_ids, ...more }));
    const underWay = wait([ONE, TWO]);
    const first = await two.ask(approval());
    const { data, text } = await underWay;
    assertEquals([data.asks, data.done, data.ended], [true, false, []]);
    assertEquals(data.running.map(({ waiting_for }) => waiting_for?.command), [
      undefined,
      "git commit -qm 'x\u202e'",
    ]);
    assertStringIncludes(data.next ?? "", `call answer with run_id "${TWO}/1"`);
    assert(text.startsWith("A worker asks something\n"), text);
    // Others wait for the same runs.
    const again = await wait([TWO]);
    assertEquals(again.data.asks, true);
    const inbox = await mcp.call("inbox");
    assertEquals(inbox.data.runs.map(({ run_id }) => run_id), [TWO, ENDED]);
    assertStringIncludes(
      inbox.data.next ?? "",
      `answer with run_id "${TWO}/1"`,
    );
    const list = await mcp.call("list");
    const asks = list.data.runs.map((run) => (run as { asks?: string }).asks);
    assertStringIncludes(asks.find((ask) => ask) ?? "", "May it run");
    await mcp.call("answer", { run_id: TWO, deny: true });
    await first.answer;
    const timedOut = await wait([TWO], { timeout_seconds: 1 });
    assertEquals([timedOut.data.asks, timedOut.data.done], [false, false]);
    const ending = wait([TWO]);
    await two.end();
    assertEquals((await ending).data.done, true);
  },
);

Deno.test(
  "the status line counts the runs that ask, from the question to its answer",
  WAITS_FOR_LOCKS,
  async () => {
    await using stage = await makeStage();
    const { one, two } = await makeRuns(stage);
    using _locks = stackOf(one, two);
    const script = `${stage.scratch.dir}/status_line.sh`;
    await Deno.writeTextFile(script, statusLineScript(stage.command));
    const line = async () => {
      const { stdout } = await new Deno.Command("/bin/sh", {
        args: [script],
        cwd: stage.repository.dir,
        env: { ...stage.env, CLAUDE_CODE_SESSION_ID: "mine" },
        clearEnv: true,
        stdin: "null",
      }).output();
      return new TextDecoder().decode(stdout);
    };
    assertEquals(await line(), "2 running · 1 unread\n");
    const asked = await two.ask();
    assertEquals(await line(), "1 asks · 2 running · 1 unread\n");
    await stage.agentctl(["answer", TWO, "--choice", "1"]);
    await asked.answer;
    assertEquals(await line(), "2 running · 1 unread\n");
  },
);

function stackOf(...all: Disposable[]): DisposableStack {
  const stack = new DisposableStack();
  for (const one of all) stack.use(one);
  return stack;
}
