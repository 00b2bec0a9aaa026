import { valueOf } from "../../permission/read_call.ts";
import {
  type AskingRecord,
  isAsking,
  mayAsk,
  questionsOf,
} from "../../fleet/asking.ts";
import { currentAttempt } from "../../fleet/chain.ts";
import type { FleetContext } from "../../workspace/context.ts";
import { areStalled } from "../../fleet/stalled.ts";
import { waitersGone } from "../../fleet/waiters.ts";
import { waitForEnds } from "../../fleet/wait.ts";
import { waitingReason } from "../../queue/waiting_reason.ts";
import { claimQuestion } from "../../run/question_marks.ts";
import { answerCommands } from "../../run/question_lines.ts";
import { isRunId, parseRunId, type RunId } from "../../run/id.ts";
import { type EndedRecord, isEnded } from "../../run/record.ts";
import {
  claimTelling,
  deliveredIds,
  seenBySessions,
  toldIds,
} from "../../run/seen.ts";
import { askerOf } from "../../owners/asker.ts";
import { hasMonitor, monitorWorks } from "../../owners/monitor_place.ts";
import { delay } from "../../system/delay.ts";
import { runFiles } from "../../run/store.ts";
import {
  type Caller,
  openWorkspace,
  type Workspace,
} from "../../workspace/workspace.ts";
import { WORDS_NOTE } from "../../text/others_words.ts";
import { runLine } from "../../view/run_line.ts";
import { hookCaller } from "./hook_caller.ts";
import { readCommand } from "./read_command.ts";
import { linkInfoAt } from "../../files/exists.ts";
import { ignored } from "../../system/ignore.ts";

/** By then a model that intends to wait has begun to. */
const GRACE_MS = 10_000;

/** How often the remaining runs are checked, because a pause may come at any time. */
const STALLED_CHECK_MS = 10_000;

/** How often it is checked whether a monitor that was woken is running. */
const MONITOR_CHECK_MS = 250;

/** Claude reads the text that wakes it at once, so it stays short. */
const MOST_BYTES = 4_000;

/**
 * What wakes Claude once the runs that a Bash call started, or whose workers it
 * answered, have ended with all their attempts, or once one of them asks: a line for
 * each whose result or question no wait has printed; `null` if there is none. It
 * does not wait for runs that are held or paused, and says so.
 *
 * It is silent if the session has a monitor, which tells all ends, and if the
 * model is waiting itself: a waiting process holds a lock
 * (see `announceWait`), and either prints the result, which leaves a mark, or
 * is killed, which releases the lock without one.
 */
export async function postToolUse(
  json: string,
  env: Caller["env"],
  graceMs = GRACE_MS,
): Promise<string | null> {
  // In print mode Claude Code waits for this hook with its answer.
  if (env["CLAUDE_CODE_ENTRYPOINT"] === "sdk-cli") return null;
  const input = JSON.parse(json);
  const command = input.tool_input?.command;
  const output = input.tool_response?.stdout;
  const { cwd } = input;
  if (
    typeof command !== "string" || typeof output !== "string" ||
    typeof cwd !== "string" ||
    !/\bagentctl\s+(start|resume|rerun|answer)\b/.test(command)
  ) return null;
  const caller = hookCaller(input, { cwd, env });
  const option = workspaceOption(command, caller.env);
  const workspace = await openWorkspace(caller, option);
  const context = { workspace, caller };
  const ids = await startedRuns(workspace, output);
  if (ids.length === 0) return null;
  if (await isMonitored(context, ids, graceMs)) return null;
  const grace = new Promise((resolve) => setTimeout(resolve, graceMs));
  const lines: string[] = [];
  /** The questions that have been reported by others. */
  const known = new Set<string>();
  for (let rest = ids; rest.length > 0 && lines.length === 0;) {
    const [{ ended, asking }] = await Promise.all([
      newsOfChains(context, rest, known),
      grace,
    ]);
    for (const [id, record] of ended) {
      if (await isTold(workspace, id, record)) continue;
      lines.push(
        `${
          runLine(record, { quoted: true })
        } - read it with "agentctl show ${record.run_id}"`,
      );
    }
    rest = rest.filter((id) => !ended.has(id));
    for (const [id, record] of asking) {
      known.add(nameOf(record));
      if (await isQuestionTold(context, id, record)) continue;
      lines.push(askingLine(record));
    }
    if (lines.length === 0) continue;
    for (const id of rest) {
      if (!asking.has(id)) lines.push(...await waitingLine(context, id));
    }
  }
  if (lines.length === 0) return null;
  return shortened(lines);
}

/**
 * Whether the monitor of the session tells of these runs, or has: it may only just
 * have been woken.
 */
async function isMonitored(
  { workspace, caller }: FleetContext,
  ids: readonly RunId[],
  graceMs: number,
): Promise<boolean> {
  const process = (await askerOf(caller))?.process ?? null;
  if (!await hasMonitor(caller.env, process)) return false;
  for (let waited = 0; waited <= graceMs; waited += MONITOR_CHECK_MS) {
    if (process !== null && await monitorWorks(caller.env, process)) {
      return true;
    }
    const told = await toldIds(workspace);
    if (ids.every((id) => told.has(id))) return true;
    await delay(MONITOR_CHECK_MS);
  }
  return false;
}

/** Waits until all chains have ended, until some have and all others wait for the user, or until a worker asks something new. */
async function newsOfChains(
  context: FleetContext,
  ids: readonly RunId[],
  known: ReadonlySet<string>,
): Promise<
  { ended: Map<RunId, EndedRecord>; asking: Map<RunId, AskingRecord> }
> {
  const enough = new AbortController();
  const asking = new Map<RunId, AskingRecord>();
  const rest = new Set(ids);
  const look = () => {
    if (rest.size === 0 || rest.size === ids.length) return;
    areStalled(context, [...rest]).then((stalled) => {
      if (stalled) enough.abort();
    }, ignored("the next look asks again"));
  };
  const timer = setInterval(look, STALLED_CHECK_MS);
  try {
    const ended = await waitForEnds(context, ids, {
      follow: true,
      signal: enough.signal,
      onEnd: (_, id) => {
        rest.delete(id);
        look();
      },
      onAsk(record, id) {
        if (known.has(nameOf(record))) return;
        asking.set(id, record);
        enough.abort();
      },
    });
    return { ended, asking };
  } finally {
    clearInterval(timer);
  }
}

/** Whether a wait, a `show` or somebody's notice has delivered the result; a wait in progress decides it. If not, this claims it. */
async function isTold(
  workspace: Workspace,
  id: RunId,
  record: EndedRecord,
): Promise<boolean> {
  const last = record.run_id;
  if (!isRunId(last)) return true;
  // A wait may have named the first attempt, or the last.
  for (const attempt of new Set([id, last])) {
    await waitersGone(workspace, attempt);
  }
  const known = (await seenBySessions(workspace)).union(
    await deliveredIds(workspace),
  );
  return known.has(last) || !await claimTelling(workspace, last);
}

function nameOf({ run_id, waiting_for }: AskingRecord): string {
  return `${run_id}/${waiting_for.id}`;
}

/** The same for a question: a wait returns with it, and whoever has answered it knows it. */
async function isQuestionTold(
  context: FleetContext,
  id: RunId,
  record: AskingRecord,
): Promise<boolean> {
  for (const attempt of new Set([id, parseRunId(record.run_id)])) {
    await waitersGone(context.workspace, attempt);
  }
  const folder = questionsOf(context, record);
  return !await isAsking(context, record) ||
    !await claimQuestion(folder, record.waiting_for.id);
}

/** What to say about a run that asks. */
function askingLine(record: AskingRecord): string {
  const { run_id, waiting_for } = record;
  const ways = answerCommands(run_id, waiting_for).join('" or "');
  return `${
    runLine(record, { quoted: true })
  } - answer it with "${ways}", then wait for it with "agentctl wait ${run_id}"`;
}

/** What to say about a run that has not ended. */
async function waitingLine(
  context: FleetContext,
  id: RunId,
): Promise<string[]> {
  const record = await currentAttempt(context, id);
  if (isEnded(record)) return [];
  if (mayAsk(record)) return [askingLine(record)];
  const waiting = await waitingReason(context.workspace, record);
  return [
    `${
      runLine(record, { waiting, quoted: true })
    } - wait for it with "agentctl wait ${record.run_id}"`,
  ];
}

/** The lines that fit. */
function shortened(lines: readonly string[]): string {
  let bytes = 0;
  const fitting = lines.filter((line) =>
    (bytes += new TextEncoder().encode(line).length + 1) <= MOST_BYTES
  );
  const more = lines.length - fitting.length;
  return [
    ...fitting,
    ...more > 0
      ? [`and ${more} more: see "agentctl inbox" and "agentctl list"`]
      : [],
    WORDS_NOTE,
  ].join("\n");
}

/** The runs whose ids `agentctl start` printed, one per line or as JSON, or `agentctl answer`, as ID/N; a batch prints several. */
async function startedRuns(
  workspace: Workspace,
  output: string,
): Promise<RunId[]> {
  const words = output.split("\n").flatMap((line) => {
    const inJson = [...line.matchAll(/"run_id":\s*"([^"]+)"/g)];
    return inJson.length > 0
      ? inJson.map(([, id = ""]) => id)
      : [line.trim().replace(/\/\d+ [a-z]+$/, "")];
  });
  const ids = [...new Set(words.filter(isRunId))];
  const found = await Promise.all(ids.map(async (id) => {
    const info = await linkInfoAt(runFiles(workspace, id).folder);
    return info?.isDirectory ? id : null;
  }));
  return found.filter((id) => id !== null);
}

/** The value of `--workspace` that a call has, if the command can be read. */
function workspaceOption(
  command: string,
  env: Caller["env"],
): string | undefined {
  const places = readCommand(command, { env })?.places.values() ?? [];
  return [...places].flatMap(({ calls }) => calls)
    .map((call) => valueOf(call, "workspace"))
    .find((option) => option !== undefined);
}
