import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { namesAgentctl } from "../../../src/claude/hooks/names_agentctl.ts";
import { readCommand } from "../../../src/claude/hooks/read_command.ts";
import { launcherText, selfCommand } from "../../../src/system/self_command.ts";
import { makeSession } from "../hook_session.ts";

Deno.test("preToolUse() lets the very program pass by its path, and no other", async () => {
  await using session = await makeSession();
  const place = async (path: string, text: string) => {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text, { mode: 0o755 });
    return path;
  };
  const own = launcherText(selfCommand().argv);
  const ours = await place(join(session.home, "bin", "agentctl"), own);
  const theirs = await place(join(session.home, "evil", "agentctl"), "");
  const inside = await place(join(session.folder, "bin", "agentctl"), own);
  const said = async (command: string) =>
    (await session.decide(command)).decision;
  assertEquals(await said(`${ours} list`), "allow");
  assertEquals(await said(`"${ours}" wait @last | tail -3`), "allow");
  assertEquals(await said("~/bin/agentctl list"), "allow");
  assertEquals(await said(`A=${ours}; $A list`), "allow");
  assertEquals(await said(`${ours} merge @last`), "ask");
  assertEquals(await said(`${theirs} list`), "ask");
  assertEquals(await said(`${inside} list`), "ask");
  assertEquals(await said(`${ours} list; ${theirs} list`), "ask");
});

Deno.test("preToolUse() asks about a filter that is not the user's own program", async () => {
  await using session = await makeSession();
  const planted = join(session.folder, "node_modules", ".bin");
  await Deno.mkdir(planted, { recursive: true });
  await Deno.writeTextFile(join(planted, "head"), "", { mode: 0o755 });
  session.env["PATH"] = `${planted}:/usr/bin:/bin`;
  const said = async (command: string) =>
    (await session.decide(command)).decision;
  assertEquals(await said("agentctl list | head"), "ask");
  assertEquals(await said("agentctl list | tail"), "allow");
  assertEquals(await said("cd ./packages && agentctl list | head"), "ask");
});

Deno.test("preToolUse() says what works instead of what cannot", async () => {
  await using session = await makeSession();
  const reason = async (command: string) => {
    const { decision, reason } = await session.decide(command);
    assertEquals(decision, "deny", command);
    return reason;
  };
  assertStringIncludes(
    await reason("agentctl wait 20260102-030405-a1b2 --timeout '1h' &"),
    "(run_in_background): agentctl wait 20260102-030405-a1b2 --timeout 1h",
  );
  const both = await reason('agentctl wait "$LEXER" &');
  assertStringIncludes(both, "the variable LEXER is not set in this call");
  assertStringIncludes(both, "agentctl wait ID");
  // The environment may have one of that name.
  session.env["LEXER"] = "x";
  const asked = await session.decide("agentctl wait $LEXER");
  assertEquals(asked.decision, "ask");
  assertEquals(
    (await session.decide("LEXER=a; agentctl list")).decision,
    "ask",
  );
});

Deno.test("readCommand() reads no document in a substitution for a shell that would look for its end in another way", () => {
  const text =
    "ID=$(agentctl start <<'P'\nx )\nid\nP\n); agentctl wait \"$ID\"";
  assert(readCommand(text, { env: {} }) !== null);
  assertEquals(readCommand(text, { env: {}, isOld: true }), null);
  const short = "ID=$(agentctl start -p 'x )'); agentctl wait $ID";
  assert(readCommand(short, { env: {}, isOld: true }) !== null);
});

Deno.test("readCommand() reads no more calls than can be judged in time", () => {
  const starts = (count: number) => "agentctl start -p x\n".repeat(count);
  assert(readCommand(starts(50), { env: {} }) !== null);
  assertEquals(readCommand(starts(51), { env: {} }), null);
  const files = (count: number) =>
    `cat ${"a.md ".repeat(count)}| agentctl start`;
  assert(readCommand(files(49), { env: {} }) !== null);
  assertEquals(readCommand(files(50), { env: {} }), null);
});

Deno.test("readCommand() and namesAgentctl() take no longer than in proportion to the text", () => {
  const many = (piece: string, count = 20_000) => piece.repeat(count);
  const texts = [
    many("agentctl list $(", 4_000) + many(")", 4_000),
    many('agentctl wait "$(', 4_000) + many(')"', 4_000),
    many("agentctl list; "),
    many("agentctl list | cat | ", 5_000) + "cat",
    `A=x\n${many('A="$A$A"\n', 40)}agentctl show "$A"`,
    `agentctl wait "${many("$A")}"`,
    `agentctl wait ${many("$A ")}`,
    `agentctl start <<'P'\n${many("P \n P\n")}P`,
    `agentctl start ${many("<<'P' ", 5_000)}\n${many("P\n", 5_000)}`,
    `agentctl show ${many("''\"\"")}`,
    `agentctl list ${many("\\\n")}`,
    `${many("# x\n")}agentctl list`,
    `agentctl list | sed 's/${many("\\x")}/'`,
    `agentctl list | jq '${many("{[(")}'`,
    `agentctl list | jq '"${many('\\("')}'`,
    `agentctl list | awk '{print $1${many(' "x" $1')}'`,
    `agentctl list <<-${many("P''")}`,
  ];
  for (const text of texts) {
    const start = performance.now();
    readCommand(text, { env: { HOME: "/home/me" } });
    namesAgentctl(text);
    const took = performance.now() - start;
    assert(took < 2_000, `${Math.round(took)} ms: ${text.slice(0, 40)}`);
  }
});
