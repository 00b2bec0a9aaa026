import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { sessionStart } from "../../src/claude/hooks/session_start.ts";
import { unseenRuns } from "../../src/fleet/inbox.ts";
import { cleanRuns } from "../../src/fleet/clean.ts";
import { readNote } from "../../src/owners/claude_notes.ts";
import { noteGone } from "../../src/owners/gone_processes.ts";
import { meantFor } from "../../src/wake/meant_for.ts";
import { askerOf } from "../../src/owners/asker.ts";
import { readerOf } from "../../src/owners/reader.ts";
import { markRead } from "../../src/owners/read_marks.ts";
import { resolveRun } from "../../src/owners/resolve_run.ts";
import type { Host } from "../../src/system/host.ts";
import { parseRunId } from "../../src/run/id.ts";
import type { RunOwner } from "../../src/run/owner.ts";
import { RunNotFound } from "../../src/run/store.ts";
import type { EndedRecord } from "../../src/run/record.ts";
import { callCli } from "../cli/call_cli.ts";
import { type FleetStage, fleetStage } from "../fleet/fleet_stage.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { type FakeClaude, fakeClaude } from "./fake_claude.ts";

const USER: RunOwner = {
  session: null,
  process: null,
  pane: null,
  folder: "/",
};

/** A store of ended runs, in whose home sessions of Claude Code begin and end. */
async function makeHouse() {
  const stage = await fleetStage();
  const { caller } = stage.context;
  let number = 0;
  const projects = join(stage.tmux.folder, "projects");
  for (const name of ["shop", "blog"]) {
    await Deno.mkdir(join(projects, name, ".git"), { recursive: true });
    await Deno.mkdir(join(projects, name, "src"), { recursive: true });
  }
  return {
    stage,
    project: (name: string) => join(projects, name),
    /** A run that has ended, whose result nobody has read. */
    async ended(
      owner: RunOwner | null,
      endedAt?: Date,
      host: Host | null = null,
    ): Promise<EndedRecord> {
      const run_id = parseRunId(`20260101-000000-${1000 + number++}`);
      const change = { run_id, root_run_id: run_id, owner, host };
      const record = finishedRecord(change, endedAt && { endedAt });
      await stage.addRun(record);
      return record;
    },
    claude: (session: string, pid: number, folder: string) =>
      fakeClaude({ env: caller.env, session, pid, folder }),
    /** A session begins, or goes on, and is told this. */
    begin: async ({ env, owner }: FakeClaude, source: string) =>
      await sessionStart({
        cwd: owner.folder,
        env: { ...env, AI_ORCH_HOME: stage.context.workspace.root },
      }, source) ?? "",
    /** The inbox of a session, or of the user. */
    inbox: async (claude?: FakeClaude, everyone = false) =>
      idsOf(await inboxOf(stage, claude, everyone)),
    context: (claude?: FakeClaude) => contextOf(stage, claude),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

function contextOf({ context }: FleetStage, claude?: FakeClaude) {
  return {
    ...context,
    caller: { ...context.caller, ...claude && { env: claude.env } },
  };
}

async function inboxOf(
  stage: FleetStage,
  claude: FakeClaude | undefined,
  everyone: boolean,
): Promise<EndedRecord[]> {
  const context = contextOf(stage, claude);
  return await unseenRuns(
    context,
    (_, error) => {
      throw error;
    },
    await readerOf(context, { everyone }),
  );
}

function idsOf(records: readonly EndedRecord[]): string[] {
  return records.map(({ run_id }) => run_id);
}

Deno.test("each session has its own inbox; the user's and older runs are in all of them, and the user sees everything", async () => {
  await using house = await makeHouse();
  const a = await house.claude("aaaa", 1001, house.project("shop"));
  const b = await house.claude("bbbb", 1002, house.project("shop"));
  const ofA = await house.ended(a.owner);
  const ofB = await house.ended(b.owner);
  const users = await house.ended(USER);
  const older = await house.ended(null);
  const everybodys = [users.run_id, older.run_id];
  assertEquals(await house.inbox(a), [ofA.run_id, ...everybodys]);
  assertEquals(await house.inbox(b), [ofB.run_id, ...everybodys]);
  const all = [ofA.run_id, ofB.run_id, ...everybodys];
  assertEquals(await house.inbox(), all);
  assertEquals(await house.inbox(a, true), all);
  const told = await house.begin(a, "clear");
  assert(told.includes(ofA.run_id) && !told.includes(ofB.run_id), told);

  // Another session has no say, and the user reads for themselves alone.
  await markRead(house.context(b), [ofA]);
  assertEquals(await house.inbox(), all);
  await markRead(house.context(), [ofA]);
  assertEquals(await house.inbox(), all.slice(1));
  assertEquals(await house.inbox(a), [ofA.run_id, ...everybodys]);
  await markRead(house.context(a), [ofA]);
  assertEquals(await house.inbox(a), everybodys);
  // A session reads the user's for itself, too, and an older run for everybody.
  await markRead(house.context(a), [users, older]);
  assertEquals(await house.inbox(a), []);
  assertEquals(await house.inbox(a, true), [ofB.run_id]);
  assertEquals(await house.inbox(), [ofB.run_id, users.run_id]);
  assertEquals(await house.inbox(b), [ofB.run_id]);
  await markRead(house.context(), [users]);
  assertEquals(await house.inbox(), [ofB.run_id]);
  const another = await house.ended(USER);
  await markRead(house.context(), [another]);
  assertEquals(await house.inbox(a), []);
});

Deno.test("@last is the session's own run, or else the user's, and never another session's", async () => {
  await using house = await makeHouse();
  const a = await house.claude("aaaa", 1001, "/");
  const b = await house.claude("bbbb", 1002, "/");
  const ofA = await house.ended(a.owner);
  const ofB = await house.ended(b.owner);
  const last = (claude?: FakeClaude) =>
    resolveRun(house.context(claude), "@last");
  assertEquals(await last(a), ofA.run_id);
  assertEquals(await last(), ofB.run_id);
  const c = await house.claude("cccc", 1003, "/");
  await assertRejects(() => last(c), RunNotFound, "list --everyone");
  const users = await house.ended(USER);
  assertEquals(await last(a), ofA.run_id);
  assertEquals(await last(c), users.run_id);
  // An id always works.
  assertEquals(await resolveRun(house.context(c), ofA.run_id), ofA.run_id);
});

Deno.test("a session keeps its runs over /clear, --resume and both", async () => {
  await using house = await makeHouse();
  const shop = house.project("shop");
  const first = await house.claude("aaaa", 1001, shop);
  await house.begin(first, "startup");
  const run = await house.ended(first.owner);
  const cleared = await first.cleared("aaa2");
  assertEquals(await house.inbox(cleared), [run.run_id]);
  await house.begin(cleared, "clear");
  await first.end();
  const other = await house.claude("bbbb", 1002, house.project("blog"));
  const heir = await house.claude("cccc", 1004, shop);
  assert((await house.begin(heir, "startup")).includes(run.run_id));

  // `-c` continues the last session, in another process.
  const resumed = await house.claude("aaa2", 1003, shop);
  await house.begin(resumed, "resume");
  assertEquals(await house.inbox(resumed), [run.run_id]);
  const again = await resumed.cleared("aaa3");
  await house.begin(again, "clear");
  assertEquals(await house.inbox(again), [run.run_id]);
  for (const claude of [other, heir]) {
    assertEquals(await house.inbox(claude), []);
  }
});

Deno.test("a second window on the same conversation does not get the runs of the first while it lives", async () => {
  await using house = await makeHouse();
  const shop = house.project("shop");
  const first = await house.claude("aaaa", 1001, shop);
  await house.begin(first, "startup");
  const run = await house.ended(first.owner);
  // The session alone does not say which of the two calls, but this one is above the test.
  const second = await house.claude("aaaa", Deno.ppid, shop);
  assertEquals(await house.begin(second, "resume"), "");
  assertEquals(await house.inbox(second), []);
  await first.end();
  assertEquals(await house.inbox(second), [run.run_id]);
});

Deno.test("runs of a session that is gone fall to the next one of the project, and -c takes back what nobody has read", async () => {
  await using house = await makeHouse();
  const shop = house.project("shop");
  const gone = await house.claude("aaaa", 1001, shop);
  const run = await house.ended(gone.owner);
  const read = await house.ended(gone.owner);
  // While it lives, nothing falls to anybody.
  const early = await house.claude("eeee", 1002, shop);
  assertEquals(await house.begin(early, "startup"), "");
  await gone.end();
  assertEquals(await house.inbox(early), []);
  // Neither /clear nor another project makes a session the next one.
  const elsewhere = await house.claude("bbbb", 1003, house.project("blog"));
  assertEquals(await house.begin(elsewhere, "startup"), "");
  assertEquals(await house.begin(early, "clear"), "");

  const heir = await house.claude("cccc", 1004, join(shop, "src"));
  const told = await house.begin(heir, "startup");
  assert(told.includes(run.run_id) && told.includes(read.run_id), told);
  const late = await house.claude("dddd", 1005, shop);
  assertEquals(await house.begin(late, "startup"), "");
  await markRead(house.context(heir), [read]);
  assertEquals(await house.inbox(heir), [run.run_id]);

  const back = await house.claude("aaaa", 1006, shop);
  const toldAgain = await house.begin(back, "resume");
  assert(toldAgain.includes(run.run_id), toldAgain);
  assert(!toldAgain.includes(read.run_id), toldAgain);
  assertEquals(await house.inbox(heir), []);
  assertEquals(await house.inbox(back), [run.run_id]);
  // An heir's own runs are not what the session has left behind.
  const own = await house.ended(heir.owner);
  assertEquals(await house.inbox(back), [run.run_id]);
  assertEquals(await house.inbox(heir), [own.run_id]);
  await heir.end();
  assertEquals(await house.inbox(back), [run.run_id]);
});

Deno.test("what the user reads of a session that is gone is not news to the next one, but to -c", async () => {
  await using house = await makeHouse();
  const gone = await house.claude("aaaa", 1001, house.project("shop"));
  const read = await house.ended(gone.owner);
  const unread = await house.ended(gone.owner);
  await gone.end();
  await markRead(house.context(), [read]);
  const heir = await house.claude("cccc", 1004, house.project("shop"));
  const told = await house.begin(heir, "startup");
  assert(told.includes(unread.run_id) && !told.includes(read.run_id), told);
  const back = await house.claude("aaaa", 1005, house.project("shop"));
  await house.begin(back, "resume");
  assertEquals(await house.inbox(back), idsOf([read, unread]));
});

Deno.test("runs of a session on another machine fall to nobody here before a day has passed", async () => {
  await using house = await makeHouse();
  const shop = house.project("shop");
  const other = { name: "build-2", boot: "another", machine: "another" };
  const there = await house.claude("aaaa", 1001, shop);
  const long = await house.claude("bbbb", 1002, shop);
  const run = await house.ended(there.owner, new Date(), other);
  const old = await house.ended(long.owner, undefined, other);
  // As the Claude Code of this machine does with notes of processes that it does not see.
  await Promise.all([there.end(), long.end()]);
  const here = await house.claude("cccc", 1003, shop);
  const told = await house.begin(here, "startup");
  assert(told.includes(old.run_id) && !told.includes(run.run_id), told);
  assertEquals(await house.inbox(there), [run.run_id]);
});

Deno.test("ack says which results stay with the session that asked for them", async () => {
  await using house = await makeHouse();
  const a = await house.claude("aaaa", 1001, "/");
  const b = await house.claude("bbbb", 1002, "/");
  const { run_id } = await house.ended(a.owner);
  const ack = async ({ env }: FakeClaude) => {
    const AI_ORCH_HOME = house.stage.context.workspace.root;
    const caller = { env: { ...env, AI_ORCH_HOME } };
    return (await callCli(["ack", run_id], caller)).stderr;
  };
  assertEquals(
    await ack(b),
    `Run ${run_id} stays in the inbox of the session that asked for it\n`,
  );
  assertEquals(await house.inbox(a), [run_id]);
  assertEquals(await ack(a), `Acknowledged run ${run_id}\n`);
  assertEquals(await house.inbox(a), []);
});

Deno.test("meantFor() keeps another session's results from the Claude Code of a pane", async () => {
  await using house = await makeHouse();
  const a = await house.claude("aaaa", 1001, "/");
  const b = await house.claude("bbbb", 1002, "/");
  const records = [
    await house.ended(a.owner),
    await house.ended(b.owner),
    await house.ended(USER),
  ];
  const ids = records.map(({ run_id }) => parseRunId(run_id));
  const note = await readNote(join(a.env["HOME"] ?? "", ".claude"), 1001);
  const context = house.context();
  assertEquals(
    await meantFor(context, [note].flatMap((note) => note ?? []), ids),
    ids.filter((_, index) => index !== 1),
  );
  assertEquals(await meantFor(context, [], ids), ids);
});

Deno.test("without notes of Claude Code, a session is told by its id alone", async () => {
  await using house = await makeHouse();
  const a = await house.claude("aaaa", 1001, "/");
  const b = await house.claude("bbbb", 1002, "/");
  await Promise.all([a.end(), b.end()]);
  const run = await house.ended({ ...a.owner, process: null });
  assertEquals(await house.inbox(a), [run.run_id]);
  assertEquals(await house.inbox(b), []);
  const next = await house.claude("cccc", 1003, "/");
  // It is unknown whether the other has gone.
  assertEquals(await house.begin(next, "startup"), "");
});

Deno.test("cleanRuns() removes what its owner or the user has read, and unread runs of a session that has been gone for 14 days", async () => {
  await using house = await makeHouse();
  const day = 24 * 60 * 60_000;
  const ago = (days: number) => new Date(Date.now() - days * day);
  const gone = await house.claude("aaaa", 1001, "/");
  const live = await house.claude("bbbb", 1002, "/");
  await gone.end();
  const kept = [
    await house.ended(gone.owner, ago(13)),
    await house.ended(live.owner, ago(40)),
    await house.ended(USER, ago(40)),
    await house.ended(null, ago(40)),
  ];
  const forgotten = await house.ended(gone.owner, ago(15));
  const byUser = await house.ended(live.owner, ago(9));
  const byOwner = await house.ended(live.owner, ago(9));
  await markRead(house.context(), [byUser]);
  await markRead(house.context(live), [byOwner]);
  const { removed, unseen } = await cleanRuns(house.context(), {
    ...{ olderThanMs: 7 * day, keep: 0, dryRun: true, force: false },
  });
  const expected = idsOf([forgotten, byUser, byOwner]);
  assertEquals(idsOf(removed).sort(), expected.sort());
  assertEquals([...unseen].sort(), idsOf(kept).sort());
});

Deno.test("askerOf() finds the process of a server and of a session that is being resumed, whatever their variables say", async () => {
  await using house = await makeHouse();
  const folder = "/home/me/shop";
  const parent = await house.claude("new", Deno.ppid, folder);
  const caller = {
    cwd: "/",
    env: { ...parent.env, CLAUDE_CODE_SESSION_ID: "old" },
  };
  const { process } = parent.owner;
  assertEquals(await askerOf({ ...caller, isServer: true }), {
    ...{ session: "new", process, folder },
  });
  assertEquals(await askerOf(caller, { search: true }), {
    ...{ session: "old", process, folder },
  });
  assertEquals(await askerOf(caller), {
    ...{ session: "old", process: null, folder: "/" },
  });
  const { CLAUDECODE: _, ...env } = parent.env;
  assertEquals(await askerOf({ cwd: "/", env, isServer: true }), null);
  const odd = { ...parent.env, CLAUDE_CODE_SESSION_ID: "../x y" };
  assertEquals(await askerOf({ cwd: "/", env: odd }), null);
});

Deno.test("a session that goes on after a crash has its runs, although the note of the process before is still there", async () => {
  await using house = await makeHouse();
  const { env } = house.stage.context.caller;
  const sayDomain = async ({ owner }: FakeClaude, pidDomain: string) => {
    const { home = "", pid } = owner.process ?? {};
    const path = join(home, "sessions", `${pid}.json`);
    const note = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...note, pidDomain }));
  };
  const domain = "linux:here:pid:[1]";
  const before = await house.claude("aaaa", 999_999_999, house.project("shop"));
  const stranger = await house.claude("bbbb", 999_999_998, "/");
  await sayDomain(before, domain);
  await sayDomain(stranger, "linux:there:pid:[1]");
  const cleared = await before.cleared("cccc");
  await sayDomain(cleared, domain);
  await house.begin(cleared, "clear");
  const run = await house.ended(before.owner);
  const strangers = await house.ended(stranger.owner);
  const again = await house.claude("cccc", Deno.pid, house.project("shop"));
  await sayDomain(again, domain);
  // Its hooks find their process among those above them; here there is none.
  assert(again.owner.process !== null);
  await noteGone(env, again.owner.process);
  const told = await house.begin(again, "resume");
  assertEquals(told.includes(run.run_id), true, told);
  assertEquals(told.includes(strangers.run_id), false);
  assertEquals(await house.inbox(again), [run.run_id]);
});
