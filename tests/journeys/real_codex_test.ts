import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  applyPatch,
  breakStream,
  callShell,
  delayUntil,
  finish,
  forever,
  httpError,
  say,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage } from "../support/stage.ts";
import { until } from "../support/until.ts";

function answer(goal_met: boolean, summary: string, followup_prompt = "") {
  return finish({ goal_met, summary, followup_prompt, notes: "" });
}

const PATCH = `*** Begin Patch
*** Update File: greeting.txt
@@
-hello
+HELLO
*** End Patch
`;

Deno.test("real Codex: the pane shows the work, the diff has edited and untracked files, the result comes back", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = startModelServer(scriptByPrompt(() => [
    say("I will look at the greeting first."),
    callShell("cat greeting.txt; echo made > untracked.txt"),
    applyPatch(PATCH),
    delayUntil(gate.promise, answer(true, "It greets in capitals")),
  ]));
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const prompt = "Greet in capitals";
  const id = await stage.start(prompt, "--profile", "spark");
  await stage.waitForFile(id, "events.jsonl", '"type":"file_change"');
  await stage.waitForFile(id, "meta.json", '"thread_id": "');
  const running = await stage.show(id);
  assertEquals(running["status"], "running");

  const pane = running["pane"] as { pane_id: string };
  const screen = await until("the pane shows the patch", async (see) => {
    const { stdout } = await new Deno.Command("tmux", {
      args: ["capture-pane", "-p", "-t", pane.pane_id],
      env: stage.env,
      clearEnv: true,
    }).output();
    const text = see(new TextDecoder().decode(stdout));
    return text.includes("greeting.txt") && text.includes("~") && text;
  });
  assertStringIncludes(screen, "I will look at the greeting first.");
  assertStringIncludes(screen, "$ cat greeting.txt");

  gate.resolve();
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"], record["goal_met"]], [
    0,
    "finished",
    true,
  ], JSON.stringify(record));
  assertEquals(record["summary"], "It greets in capitals");
  assertEquals(record["stand_in"], false);
  assertStringIncludes(String(record["git_diff_stat"]), "greeting.txt");
  assertStringIncludes(String(record["git_diff_stat"]), "untracked.txt");
  assertEquals(server.requests[0]?.prompts, [prompt]);
  assertEquals(server.requests[0]?.effort, "low");
  assertEquals(
    JSON.stringify(server.requests[0]?.body["input"]).includes(
      "You are a fast worker",
    ),
    true,
  );
  assertEquals(server.scriptErrors, []);
});

Deno.test("real Codex: a goal that is not met is resumed on another profile in the same thread, with tokens of its own", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    answer(false, "half", "Now do the rest"),
    answer(true, "all"),
  ]));
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const parent = await stage.start("Do it all", "--profile", "spark");
  const first = await stage.wait(parent);
  assertEquals([first.code, first.record["goal_met"]], [1, false]);

  const resumed = await stage.agentctl([
    "resume",
    "--parent-run-id",
    parent,
    "--profile",
    "deep",
  ]);
  assertEquals(resumed.code, 0, resumed.stderr);
  const { record, code } = await stage.wait(resumed.stdout.trim());
  assertEquals([code, record["goal_met"], record["summary"]], [0, true, "all"]);
  assertEquals(record["thread_id"], first.record["thread_id"]);
  assertEquals(server.requests.map((request) => request.effort), [
    "low",
    "xhigh",
  ]);
  assertEquals(server.requests[1]?.prompts, ["Do it all", "Now do the rest"]);
  assertEquals(record["usage"], first.record["usage"]);
});

Deno.test("real Codex: an answer that is not JSON is asked for once more", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    finish("I think that everything is fine."),
    answer(true, "fine"),
  ]));
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const { record, code } = await stage.wait(
    await stage.start("Look", "--profile", "spark"),
  );
  assertEquals([code, record["result"], record["summary"]], [
    0,
    "repaired",
    "fine",
  ]);
  assertEquals(server.requests.length, 2);
});

Deno.test("real Codex: HTTP 401 fails the run with Codex's own words", async () => {
  await using server = startModelServer([
    forever(
      httpError(401, { error: { message: "Incorrect API key provided" } }),
    ),
  ]);
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const { record, code } = await stage.wait(
    await stage.start("Look", "--profile", "spark"),
  );
  assertEquals([code, record["status"]], [4, "failed"]);
  const failure = record["failure"] as { class: string; message: string };
  assertEquals(failure.class, "not_logged_in");
  assertStringIncludes(failure.message, "401");
});

Deno.test("real Codex: a stream that breaks for good ends the run", async () => {
  await using server = startModelServer([forever(breakStream())]);
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const { record, code } = await stage.wait(
    await stage.start("Look", "--profile", "spark", "--max-attempts", "1"),
  );
  assertEquals([code, record["goal_met"]], [
    record["status"] === "failed" ? 4 : 1,
    null,
  ]);
  assertEquals((record["failure"] as { class: string }).class, "network");
});

Deno.test("real Codex: an unknown profile is refused before anything is made", async () => {
  await using server = startModelServer([]);
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const output = await stage.agentctl(["start", "--profile", "sparc"], {
    stdin: "Look",
  });
  assertEquals([output.code, output.stdout], [3, ""]);
  assertStringIncludes(
    output.stderr,
    'no profile "sparc"; did you mean "spark"',
  );
  assertEquals([...await runNames(stage.workspace)], []);
});

Deno.test("real Codex: the review profile's read-only sandbox is kept", async () => {
  await using server = startModelServer(scriptByPrompt(() => [
    callShell("echo x > written.txt"),
    answer(true, "looked"),
  ]));
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const { record } = await stage.wait(
    await stage.start("Review", "--profile", "review"),
  );
  assertEquals([record["sandbox"], record["git_diff_stat"]], ["read-only", ""]);
  assert(
    !(await Deno.readTextFile(
      stage.runFile(String(record["run_id"]), "diff.patch"),
    ).catch(() => "")),
  );
  assertEquals(await stage.repository.git("status", "--porcelain"), "");
});

Deno.test("real Codex: outside a git repository a run works and its record says that there is no diff", async () => {
  await using server = startModelServer(
    scriptByPrompt(() => [answer(true, "done")]),
  );
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const folder = await Deno.makeTempDir({ dir: stage.scratch.dir });
  const started = await stage.agentctl(["start", "--profile", "spark"], {
    stdin: "Look",
    cwd: folder,
  });
  const { record, code } = await stage.wait(started.stdout.trim());
  assertEquals([code, record["git_diff_stat"]], [0, null]);
  assertStringIncludes(String(record["warnings"]), "not in a git repository");
});

Deno.test("real Codex: a prompt of a million characters of every kind arrives byte for byte", async () => {
  await using server = startModelServer(
    scriptByPrompt(() => [answer(true, "read")]),
  );
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const unit =
    "'\"`$(touch /tmp/pwned) ${HOME} \\n \\\\ #{pane_id} #(date) %d ; | & > < \t é 漢 😀 \u0007\x1b[31m\r\n\n";
  const prompt = unit.repeat(Math.ceil(1_000_000 / unit.length)).slice(
    0,
    1_000_000,
  ).trimEnd();
  const { code } = await stage.wait(
    await stage.start(prompt, "--profile", "spark"),
  );
  assertEquals(code, 0);
  assertEquals(server.requests[0]?.prompts.length, 1);
  assert(
    server.requests[0]?.prompts[0] === prompt,
    "The prompt arrived changed",
  );
});

async function runNames(workspace: string): Promise<string[]> {
  const names = [];
  try {
    for await (const entry of Deno.readDir(`${workspace}/runs`)) {
      names.push(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}

Deno.test("real Codex: a quiet tool that computes is not idle, one that only waits is", async () => {
  await using server = startModelServer(scriptByPrompt((request) => [
    callShell(
      request.prompts[0] === "Compute"
        ? "timeout 3 sh -c 'while :; do :; done'; echo computed"
        : "sleep 60",
    ),
    answer(true, "computed"),
  ]));
  await using stage = await makeStage({ modelServer: server, npmCodex: true });
  const options = ["--profile", "spark", "--idle-timeout", "1200ms"];
  const busy = await stage.wait(await stage.start("Compute", ...options));
  assertEquals(
    [busy.code, busy.record["status"]],
    [0, "finished"],
    JSON.stringify(busy.record),
  );
  const idle = await stage.wait(await stage.start("Sleep", ...options));
  assertEquals(idle.record["status"], "timed_out");
});
