import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import inboxCommand from "../../src/cli/inbox.ts";
import listCommand from "../../src/cli/list.ts";
import showCommand from "../../src/cli/show.ts";
import waitCommand from "../../src/cli/wait.ts";
import type { Command } from "../../src/cli/command.ts";
import { parseCall } from "../../src/cli/parse_call.ts";
import { parseRunId } from "../../src/run/id.ts";
import {
  isEnded,
  type LiveRecord,
  RUN_STATUSES,
  type RunRecord,
  type RunStatus,
  SINGLE_ATTEMPT,
} from "../../src/run/record.ts";
import type { RunEnd } from "../../src/run/end.ts";
import { runFiles, writeRecord } from "../../src/run/store.ts";
import type { WorktreeOutcome } from "../../src/run/worktree_outcome.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { makeMark } from "../../src/run/marks.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { connectHere, type McpClient } from "../mcp/mcp_client.ts";
import {
  finishedRecord,
  runningRecord,
  startingRecord,
} from "../run/sample_record.ts";
import { approval, question } from "../fleet/asking_run.ts";
import { makeStage, type Stage } from "../support/stage.ts";

const CHAINS = ["alone", "first", "last"] as const;
const WORKTREES = [
  ...["none", "empty", "kept", "merged", "discarded", "unchanged"] as const,
];
const OVERLAPS = ["none", "later", "both"] as const;

/** A state in which a run can be; what is written beside the record comes with it. */
interface State {
  record: RunRecord;
  outcome: WorktreeOutcome | null;
  laterOverlaps: string[];
}

/** Every status, of each end every result, with every state of a worktree, overlap and place in a chain. */
function* allStates(): Generator<State> {
  let number = 0;
  const nextId = () =>
    `20260102-030405-${(number++).toString(16).padStart(4, "0")}`;
  for (const chain of CHAINS) {
    for (const worktree of WORKTREES) {
      for (const status of RUN_STATUSES) {
        for (const end of endsOf(status)) {
          for (const overlaps of end === null ? ["none"] : OVERLAPS) {
            yield stateOf(nextId(), { chain, worktree, status, end, overlaps });
          }
        }
      }
    }
  }
  for (const waiting_for of [question(), approval()]) {
    const run_id = nextId();
    const title = `asks: ${waiting_for.kind}`;
    const record = runningRecord({ run_id, title, waiting_for });
    yield { record, outcome: null, laterOverlaps: [] };
  }
}

const result = (goal_met: boolean) => ({
  goal_met,
  summary: "Look: <b>\n\u001b[31mred\u001b[0m",
  followup_prompt: goal_met ? "" : "Go on",
  notes: "a note",
});
const failure = { class: "network", message: "no route", remedy: "Try again" };

/** The ends that a status can have; `null` for one that has none. */
function endsOf(status: RunStatus): (Partial<RunEnd> | null)[] {
  if (["queued", "starting", "running"].includes(status)) return [null];
  if (status !== "finished") return [{ result: undefined, failure }];
  return [
    { result: result(true), gitDiffStat: " a | 1 +\n 1 file changed\n" },
    { result: result(false), verified: null },
    { result: result(true), verified: false },
    { result: undefined, resultError: "no JSON" },
  ];
}

function stateOf(
  run_id: string,
  { chain, worktree, status, end, overlaps }: {
    chain: typeof CHAINS[number];
    worktree: typeof WORKTREES[number];
    status: RunStatus;
    end: Partial<RunEnd> | null;
    overlaps: string;
  },
): State {
  const path = `/worktrees/${run_id}`;
  const common = {
    run_id,
    title: `${status} ${chain} ${worktree} ${overlaps}`,
    parent_run_id: chain === "last" ? "gone" : null,
    chain: chain === "last"
      ? { ...SINGLE_ATTEMPT, attempt: 2, cause: "escalation" as const }
      : SINGLE_ATTEMPT,
    worktree: worktree === "none" ? null : {
      repository: "/src/shop",
      path,
      branch: `agentctl/${run_id}`,
      base_commit: "base",
      commit: worktree === "empty" ? null : "work",
      setup: null,
    },
  };
  const overlap = (id: string) => ({ run_id: id, files: ["a.ts", "b.ts"] });
  const atEnd = overlaps === "both" ? [overlap("peer-1")] : [];
  const base = status === "queued"
    ? { ...startingRecord(common), status, held: true } as LiveRecord
    : status === "starting"
    ? startingRecord(common)
    : runningRecord(common);
  const record = end === null ? base : finishedRecord(base, {
    ...end,
    status: status as RunEnd["status"],
    overlaps: atEnd,
    nextRunId: chain === "first" ? "not-made-yet" : null,
  });
  const settled = ["merged", "discarded", "unchanged"] as const;
  const state = settled.find((name) => name === worktree);
  return {
    record,
    outcome: state === undefined || end === null ? null : {
      state,
      at: "2026-01-03T00:00:00Z",
      path,
      tip: "work",
      commit: state === "merged" ? "merge" : null,
    },
    laterOverlaps: overlaps !== "none" ? ["peer-2"] : [],
  };
}

/** Puts a run on the disk as its supervisor and others would have; one that lives is held alive. */
async function put(stage: Stage, state: State): Promise<Disposable[]> {
  const { record, outcome, laterOverlaps } = state;
  const { workspace } = await stage.fleet();
  const files = runFiles(workspace, parseRunId(record.run_id));
  await Deno.mkdir(files.folder, { recursive: true });
  await Deno.writeTextFile(files.prompt, "Do it");
  await writeRecord(workspace, record, { durable: false });
  if (outcome) {
    await Deno.writeTextFile(files.worktree, JSON.stringify([outcome]));
  }
  for (const run_id of laterOverlaps) {
    await Deno.mkdir(files.overlaps, { recursive: true });
    await Deno.writeTextFile(
      join(files.overlaps, `${run_id}.json`),
      JSON.stringify({ run_id, files: ["c.ts"] }),
    );
  }
  if (isEnded(record)) return [];
  if (record.waiting_for !== null) {
    await makeMark(
      workspacePaths.active(workspace),
      parseRunId(record.run_id),
    );
  }
  return [await acquireLock(files.lock)];
}

type Shown = Record<string, unknown>;

/** Without the milliseconds of a run that goes on between two looks; `duration`, in days here, is compared. */
function still(shown: Shown): Shown {
  return shown["ended_at"] === null
    ? { ...shown, duration_ms: undefined }
    : shown;
}

/** What a command prints, as JSON. */
async function shell(
  stage: Stage,
  command: Command,
  words: string[],
): Promise<unknown> {
  const printed: string[] = [];
  const caller = { cwd: stage.repository.dir, env: stage.env };
  const workspace = () => openWorkspace(caller, undefined);
  const parsed = parseCall(command, [...words, "--json"]);
  assert(parsed);
  await command.run({
    ...parsed,
    caller,
    print: (text) => printed.push(text),
    say: () => {},
    workspace,
    fleet: async () => ({ workspace: await workspace(), caller }),
  });
  return JSON.parse(printed.join("\n"));
}

/** Many share their room, and not all of them have as much to say besides. */
function isShortened(one: unknown, other: unknown): boolean {
  if (typeof one !== "string" || typeof other !== "string") return false;
  const [short = "", long = ""] = [one, other].sort((a, b) =>
    a.length - b.length
  );
  return short.endsWith("…") &&
    long.replace(/…$/, "").startsWith(short.slice(0, -1));
}

/** Compares what two places say of runs, by their ids, in every key that both have. */
function assertAgree(name: string, ours: Shown[], theirs: Shown[]): number {
  assert(ours.length > 0 && ours.length === theirs.length, name);
  let compared = 0;
  for (const one of ours) {
    const other = theirs.find(({ run_id }) => run_id === one["run_id"]);
    assert(other, `${name}: ${one["run_id"]} is missing`);
    for (const key of Object.keys(one)) {
      if (!(key in other)) continue;
      const about = `${name}: "${key}" of ${one["title"]}`;
      if (!isShortened(one[key], other[key])) {
        assertEquals(one[key], other[key], about);
      }
      compared++;
    }
  }
  return compared;
}

Deno.test("CLI and MCP agree on every key that both have, for every state of a run, worktree, overlap and chain", async () => {
  await using stage = await makeStage();
  await using mcp = await connectHere(stage);
  const states = [...allStates()];
  assert(states.length > 400, `${states.length}`);
  // MCP lists and waits for at most 200.
  for (let i = 0; i < states.length; i += 150) {
    const some = states.slice(i, i + 150);
    using alive = new DisposableStack();
    for (const state of some) {
      for (const lock of await put(stage, state)) alive.use(lock);
    }
    await compare(stage, mcp, some.map(({ record }) => record.run_id));
    await Deno.remove(join(stage.workspace, "runs"), { recursive: true });
    await Deno.mkdir(join(stage.workspace, "runs"));
  }
  assertEquals(mcp.said(), "");
});

async function compare(
  stage: Stage,
  mcp: McpClient,
  ids: string[],
): Promise<void> {
  // Before anything brings their results.
  const inbox = await mcp.call("inbox");
  const unread = await shell(stage, inboxCommand, []) as Shown[];
  assertAgree("inbox", unread, inbox.data.runs as unknown as Shown[]);
  const listed = await mcp.call("list", { limit: 200 });
  const list = await shell(stage, listCommand, ["--all"]) as Shown[];
  assertAgree("list", list, listed.data.runs as unknown as Shown[]);
  const waited = await mcp.call("wait", { run_ids: ids, timeout_seconds: 1 });
  assert(!waited.isError, waited.text);
  const both = [...waited.data.ended, ...waited.data.running];
  // Many share their room in MCP's answer, so each of ours is compared with a wait for it alone, below.
  assertEquals(both.length, ids.length);
  for (const id of ids) {
    const shown = await mcp.call("show", { run_id: id, full: true });
    const brief = shown.data.run as unknown as Shown;
    const whole = shown.data.record;
    const show = await shell(stage, showCommand, [id]) as Shown;
    const full = await shell(stage, showCommand, [id, "--full"]) as Shown;
    assertEquals(still(full), still(whole), `show --full of ${full["title"]}`);
    assert(assertAgree("show", [show], [brief]) >= 6);
    const inList = list.filter(({ run_id }) => run_id === id);
    assertAgree("list and show", inList.map(still), [still(whole)]);
    assertMergeable(whole, brief);
    if (whole["ended_at"] === null && whole["waiting_for"] === null) continue;
    const ours = await shell(stage, waitCommand, [id]) as Shown;
    const one = await mcp.call("wait", { run_ids: [id] });
    const news = [...one.data.ended, ...one.data.running];
    assertAgree("wait", [ours], news as unknown as Shown[]);
    if (one.data.asks) continue;
    assertEquals(one.data.ended[0]?.overlaps ?? [], whole["overlaps"]);
  }
}

/** A branch is offered exactly as long as there is something to merge. */
function assertMergeable(whole: Shown, brief: Shown): void {
  const state = whole["worktree_state"] as
    | { state: string; commit: string | null }
    | null;
  const isOffered = state?.state === "kept" && state.commit !== null &&
    whole["next_run_id"] === null;
  assertEquals(brief["branch"] !== undefined, isOffered, `${whole["title"]}`);
}
