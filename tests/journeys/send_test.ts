import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

interface Message {
  id: number;
  state: string;
  title: string;
  from: string;
  reason: string | null;
}

async function messages(stage: Stage, id: string): Promise<Message[]> {
  const { stdout, stderr } = await stage.agentctl([
    ...["send", id, "--list", "--json"],
  ]);
  assert(stdout !== "", stderr);
  return JSON.parse(stdout);
}

async function states(stage: Stage, id: string): Promise<string[]> {
  return (await messages(stage, id)).map(({ state }) => state);
}

/** A worker that waits for `open()` and then gives its result. */
async function startGated(
  stage: Stage,
  ...options: string[]
): Promise<{ id: string; open: () => Promise<void> }> {
  const gate = join(stage.scratch.dir, crypto.randomUUID());
  const id = await stage.start(
    steps("Gated", { wait_for_file: gate }, resultStep(true, "first answer")),
    ...options,
  );
  await stage.waitForFile(id, "events.jsonl", "turn.started");
  return { id, open: () => Deno.writeTextFile(gate, "") };
}

/** Sends, and returns the receipt's name; throws what agentctl said if the run took nothing. */
async function send(
  stage: Stage,
  id: string,
  text: string,
  ...options: string[]
): Promise<string> {
  const sent = await stage.agentctl(["send", id, ...options], { stdin: text });
  assertEquals(sent.code, 0, sent.stderr);
  return sent.stdout.trim();
}

async function screenOf(stage: Stage, id: string): Promise<string> {
  const { pane } = await stage.show(id) as { pane: { pane_id: string } };
  const { stdout } = await new Deno.Command("tmux", {
    args: ["capture-pane", "-p", "-S", "-", "-t", pane.pane_id],
    env: stage.env,
    clearEnv: true,
  }).output();
  return new TextDecoder().decode(stdout);
}

/** The ids of threads that Codex told, one for each turn. */
async function threads(stage: Stage, id: string): Promise<string[]> {
  const events = await Deno.readTextFile(stage.runFile(id, "events.jsonl"));
  return events.split("\n").filter((line) => line.includes("thread.started"))
    .map((line) => JSON.parse(line).thread_id);
}

Deno.test("a message is the next turn of the thread, and the last turn's result counts", async () => {
  await using stage = await makeStage();
  const { id, open } = await startGated(stage);
  const text = steps(
    "Say it in German",
    { write: { path: "message.txt", text: "seen\n" } },
    resultStep(false, "second answer"),
  );
  assertEquals(await send(stage, id, text), `${id}/1`);
  assertEquals(await states(stage, id), ["queued"]);
  await until(
    "the pane tells of the message",
    async (see) => see(await screenOf(stage, id)).includes("1 message waiting"),
  );
  assertStringIncludes(
    await screenOf(stage, id),
    "Message 1 waits for the end of this turn: Say it in German",
  );
  await open();
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"], record["goal_met"]], [
    ...[1, "finished", false],
  ], JSON.stringify(record));
  assertEquals(record["summary"], "second answer");
  assertEquals(record["files_changed"], ["message.txt"]);
  const [message] = record["messages"] as Message[];
  assertEquals([message?.id, message?.state, message?.title, message?.from], [
    ...[1, "answered", "Say it in German", "person"],
  ]);
  const [first, second, third] = await threads(stage, id);
  assertEquals([first, third], [second, undefined]);
  const screen = await screenOf(stage, id);
  assertStringIncludes(screen, "first answer");
  assertStringIncludes(screen, "✉ Message 1, from you");
  assertEquals(
    await Deno.readTextFile(stage.runFile(id, "messages/1.md")),
    text,
  );
  const brief = await stage.agentctl(["show", id]);
  assertEquals(JSON.parse(brief.stdout).messages, [
    "1 answered: Say it in German",
  ]);
  const table = await stage.agentctl(["send", id, "--list"]);
  assertStringIncludes(table.stdout, "answered  person  just now  Say it");
});

Deno.test("send --now stops the turn and not the run", async () => {
  await using stage = await makeStage();
  const id = await stage.start(steps("Go astray", { hang: true }));
  await stage.waitForFile(id, "events.jsonl", "turn.started");
  const text = steps("Turn round", resultStep(true, "turned"));
  const sent = await stage.agentctl(["send", id, "--now", "--wait", text], {
    env: { CLAUDECODE: "1" },
  });
  assertEquals([sent.code, sent.stdout], [0, `${id}/1 answered\n`]);
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"], record["goal_met"]], [
    ...[0, "finished", true],
  ], JSON.stringify(record));
  assertEquals([record["summary"], record["failure"], record["ended_by"]], [
    ...["turned", null, []],
  ]);
  assertEquals((record["messages"] as Message[])[0]?.from, "orchestrator");
  const [first, second] = await threads(stage, id);
  assertEquals(first, second);
  assertStringIncludes(
    await screenOf(stage, id),
    "Message 1 stops this turn: Turn round",
  );
});

Deno.test("send --now also moves a worker that ignores signals", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("Stubborn", { ignore_signals: true }, { say: "no" }, { hang: true }),
  );
  await stage.waitForFile(id, "events.jsonl", "[stand-in] no");
  await send(stage, id, steps("Go on", resultStep(true, "went on")), "--now");
  const { record } = await stage.wait(id);
  assertEquals([record["status"], record["summary"]], ["finished", "went on"]);
});

Deno.test("a message is refused by a run that cannot take it, with what to do instead", async () => {
  await using stage = await makeStage();
  const ended = await stage.start(steps("End", resultStep(true, "ended")));
  await stage.wait(ended);
  const { id: ephemeral, open } = await startGated(stage, "--ephemeral");
  const cases: [args: string[], code: number, words: string][] = [
    [
      [ended, "More"],
      2,
      `Cannot send to run "${ended}": it has ended; continue it with "agentctl resume --parent-run-id ${ended}"`,
    ],
    [[ephemeral, "More"], 2, "it was started with --ephemeral"],
    [["nope", "More"], 3, 'Cannot find run "nope"'],
    [[], 2, "name a run"],
    [[ephemeral], 2, "Cannot use the message: it is empty"],
    [[ephemeral, "  \n"], 2, "Cannot use the message: it is empty"],
    [[ephemeral, "two", "words"], 2, "put the message in quotes"],
    [[ephemeral, "a", "--message", "b"], 2, "give the message once"],
    [[ephemeral, "--message-file", "nope"], 3, 'Cannot read message file "'],
    [[ephemeral, "a", "--timeout", "1s"], 2, "needs --wait"],
    [[ephemeral, "a", "--list"], 2, "Cannot both send and list"],
  ];
  for (const [args, code, words] of cases) {
    const output = await stage.agentctl(["send", ...args]);
    assertEquals([output.code, output.stdout], [code, ""], args.join(" "));
    assertStringIncludes(output.stderr, words);
  }
  const long = await stage.agentctl(["send", ephemeral], {
    stdin: "x".repeat(1_048_577),
  });
  assertEquals(long.code, 2);
  assertStringIncludes(long.stderr, "Cannot use the message: it has 1048577");
  assertEquals(await messages(stage, ephemeral), []);
  await open();
  await stage.wait(ephemeral);
});

Deno.test("ten messages at once are ten turns, each answered", async () => {
  await using stage = await makeStage();
  const { id, open } = await startGated(stage);
  const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
  const names = await Promise.all(numbers.map((number) =>
    send(
      stage,
      id,
      steps(
        `Number ${number}`,
        { write: { path: `${number}.txt`, text: "" } },
        resultStep(true, `did ${number}`),
      ),
    )
  ));
  assertEquals(
    names.map((name) => Number(name.split("/")[1])).sort((a, b) => a - b),
    numbers,
  );
  await open();
  const { record } = await stage.wait(id);
  const sent = record["messages"] as Message[];
  assertEquals(sent.map(({ state }) => state), numbers.map(() => "answered"));
  assertEquals(record["summary"], `did ${sent.at(-1)?.title.split(" ")[1]}`);
  assertEquals(
    [...record["files_changed"] as string[]].sort(),
    numbers.map((number) => `${number}.txt`).sort(),
  );
  assertEquals(new Set(await threads(stage, id)).size, 1);
});

Deno.test("a stop during a message's turn leaves true receipts", async () => {
  await using stage = await makeStage();
  const { id, open } = await startGated(stage);
  await send(stage, id, steps("Hang", { say: "hanging" }, { hang: true }));
  await send(stage, id, "Never comes to it");
  const waiting = stage.agentctl(["send", id, "Nor to this", "--wait"]);
  await open();
  await stage.waitForFile(id, "events.jsonl", "[stand-in] hanging");
  await until(
    "three messages are in the mailbox",
    async (see) => see(await states(stage, id)).length === 3,
  );
  assertEquals(await states(stage, id), ["delivered", "queued", "queued"]);
  assertEquals((await stage.agentctl(["stop", id])).code, 0);
  const { record } = await stage.wait(id);
  assertEquals([record["status"], record["ended_by"]], ["stopped", ["SIGINT"]]);
  assertEquals(await states(stage, id), [
    ...["unanswered", "undelivered", "undelivered"],
  ]);
  const { code, stdout } = await waiting;
  assertEquals([code, stdout], [4, `${id}/3 undelivered\n`]);
});

Deno.test("the limits of a run hold for the turns of its messages", async () => {
  await using stage = await makeStage();
  for (
    const [options, words] of [
      [["--timeout", "8s"], "time limit"],
      [["--idle-timeout", "4s"], "did nothing"],
    ] as const
  ) {
    const id = await stage.start(
      steps("Quick", { hang: true }),
      ...options,
    );
    await stage.waitForFile(id, "events.jsonl", "turn.started");
    await send(stage, id, steps("Hang again", { hang: true }), "--now");
    const { record } = await stage.wait(id);
    assertEquals(record["status"], "timed_out", JSON.stringify(record));
    assertStringIncludes(String(record["reason"]), words);
    assertEquals(await states(stage, id), ["unanswered"]);
  }
});

Deno.test("messages of a run whose supervisor is killed are told as not delivered, and it takes no more", async () => {
  await using stage = await makeStage();
  const { id } = await startGated(stage);
  await send(stage, id, "Waits in vain");
  const waiting = stage.agentctl(["send", id, "So does this", "--wait"]);
  await until(
    "two messages are in the mailbox",
    async (see) => see(await states(stage, id)).length === 2,
  );
  const { supervisor_pid } = JSON.parse(
    await Deno.readTextFile(stage.runFile(id, "meta.json")),
  );
  Deno.kill(supervisor_pid, "SIGKILL");
  const { code, stdout } = await waiting;
  assertEquals([code, stdout], [4, `${id}/2 undelivered\n`]);
  const { record } = await stage.wait(id);
  assertEquals(record["status"], "lost");
  assertEquals(await states(stage, id), ["undelivered", "undelivered"]);
  const late = await stage.agentctl(["send", id, "Too late"]);
  assertEquals(late.code, 2);
  assertStringIncludes(late.stderr, "it has ended; continue it with");
});

Deno.test("a turn that fails is the last one: what waits is told as not delivered", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Fail", { say: "hm" }, { wait_for_file: gate }, { fail: "no luck" }),
  );
  await stage.waitForFile(id, "events.jsonl", "[stand-in] hm");
  await send(stage, id, "More");
  await Deno.writeTextFile(gate, "");
  const { record } = await stage.wait(id);
  assertEquals([record["status"], record["reason"]], ["finished", "no luck"]);
  assertEquals(await states(stage, id), ["undelivered"]);
});

Deno.test("a message goes before the question for a readable result, and its answer may be asked for again", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Mumble", { wait_for_file: gate }, { result_text: "fine, I think" }),
  );
  await stage.waitForFile(id, "events.jsonl", "turn.started");
  await send(stage, id, steps("Again", { result_text: "still fine" }));
  await Deno.writeTextFile(gate, "");
  const { record } = await stage.wait(id);
  // The prompt, the message, the question.
  assertEquals((await threads(stage, id)).length, 3);
  assertEquals(record["result"], "repaired", JSON.stringify(record));
  assertEquals(await states(stage, id), ["answered"]);
});

Deno.test("a message at the very end is answered or refused, and never lost", async () => {
  await using stage = await makeStage();
  for (let round = 0; round < 4; round++) {
    const gate = join(stage.scratch.dir, `gate-${round}`);
    const id = await stage.start(
      steps("Short", { wait_for_file: gate }, resultStep(true, "first")),
    );
    await stage.waitForFile(id, "events.jsonl", "turn.started");
    const sending = stage.agentctl([
      ...["send", id, "--message", steps("More", resultStep(true, "more"))],
    ]);
    // At moments of chance, from before the sender has begun.
    await new Promise((resolve) => setTimeout(resolve, round * 60));
    await Deno.writeTextFile(gate, "");
    const { code, stderr } = await sending;
    const { record } = await stage.wait(id);
    if (code === 0) {
      assertEquals(await states(stage, id), ["answered"]);
      assertEquals(record["summary"], "more");
    } else {
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, `Cannot send to run "${id}": it`);
      assertEquals(await states(stage, id), []);
      assertEquals(record["summary"], "first");
    }
  }
});
