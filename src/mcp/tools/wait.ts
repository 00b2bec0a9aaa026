import { READS } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import { attemptLine } from "../../view/attempt_line.ts";
import {
  type AskingRecord,
  isAsking,
  mayAsk,
  noteQuestionsTold,
} from "../../fleet/asking.ts";
import { attemptsFrom } from "../../fleet/chain.ts";
import type { FleetContext } from "../../workspace/context.ts";
import { markRead } from "../../owners/read_marks.ts";
import { announceWait, ownRuns } from "../../fleet/waiters.ts";
import type { RunId } from "../../run/id.ts";
import { type EndedRecord, isEnded } from "../../run/record.ts";
import { resolveRun } from "../../owners/resolve_run.ts";
import { AgentctlError } from "../../system/errors.ts";
import { wordsOf } from "../whose_words.ts";
import { type Answer, answering } from "../answer.ts";
import { WORDS_NOTE, WORDS_OF } from "../../text/others_words.ts";
import { type RunFacts, runFacts } from "../../view/run_facts.ts";
import { BriefRun, digestedRuns } from "../brief_run.ts";
import type { Host } from "../host.ts";
import { nextSteps } from "../next_steps.ts";
import { reportProgress } from "../progress.ts";
import { runEnd, whenAsked } from "../run_end.ts";
import { runLine } from "../../view/run_line.ts";
import { LONGEST_SECONDS } from "../wait_seconds.ts";

const Input = z.strictObject({
  run_ids: z.array(z.string()).check(
    z.minLength(1),
    z.maxLength(200),
    z.describe("the runs to wait for"),
  ),
  any: z.optional(
    z.boolean().check(z.describe(
      "answer when the first of them has ended (default: when all have)",
    )),
  ),
  timeout_seconds: z.optional(
    z.number().check(
      z.minimum(1),
      z.maximum(LONGEST_SECONDS),
      z.describe(
        "answer after this time even if they are still running (by default minutes, or a day for a client that moves the call to the background)",
      ),
    ),
  ),
});

const Output = z.object({
  ...wordsOf,
  done: z.boolean().check(
    z.describe("whether the runs have ended, and not the time"),
  ),
  asks: z.boolean().check(z.describe(
    "whether it answered early because a run asks something: see its waiting_for",
  )),
  ended: z.array(BriefRun),
  running: z.array(BriefRun),
  attempts: z.optional(
    z.array(z.string()).check(z.describe(
      "a line for each attempt that did not reach its goal and was followed by another",
    )),
  ),
  next: z.optional(z.string()),
});

/** Offers `wait`. */
export function offerWait(server: McpServer, host: Host): void {
  server.registerTool(
    "wait",
    {
      title: "Wait for runs",
      description:
        "Blocks until runs have ended, including the further attempts that retry and escalate make, and delivers their results: of several runs that reached their goals a line each, of all others what there is, in up to 4 KB (cut: true says that there is more). Answers early if a worker asks something, with waiting_for: call answer, then wait again. Reports its progress meanwhile. When time runs out it says what is still running; call it again then, nothing is lost. For a run that has already ended it answers at once.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: READS,
    },
    answering(
      host,
      "wait",
      {},
      async (args: z.infer<typeof Input>, extra) => {
        const context = await host.fleet();
        const ids: RunId[] = [];
        for (const text of args.run_ids) {
          const id = await resolveRun(context, text);
          if (!ids.includes(id)) ids.push(id);
        }
        const seconds = args.timeout_seconds ?? host.waitSeconds();
        const ended: EndedRecord[] = [];
        const asking: AskingRecord[] = [];
        const runs: RunFacts[] = [];
        const attempts: EndedRecord[] = [];
        {
          using progress = reportProgress(extra, {
            everyMs: host.progressEveryMs,
            totalSeconds: seconds,
            runs: ids.length,
          });
          // The hook that wakes Claude stays silent while somebody waits.
          using _waiting = await announceWait(
            context.workspace,
            await ownRuns(context, ids),
          );
          await untilEnough(context, ids, {
            enough: args.any ? 1 : ids.length,
            timeoutMs: seconds * 1000,
            signal: AbortSignal.any([extra.signal, host.closing]),
            onEnd: progress.ended,
          });
        }
        for (const id of ids) {
          const { current, earlier } = await attemptsFrom(context, id);
          attempts.push(...earlier);
          if (isEnded(current)) ended.push(current);
          if (mayAsk(current) && await isAsking(context, current)) {
            asking.push(current);
          }
          runs.push(await runFacts(context.workspace, current));
        }
        host.afterAnswer(extra.requestId, async () => {
          await markRead(context, ended);
          await noteQuestionsTold(context, asking);
        });
        const any = args.any ?? false;
        return await waitAnswer(context, { runs, attempts, asking, any });
      },
    ),
  );
}

interface WaitLimits {
  enough: number;
  timeoutMs: number;
  signal: AbortSignal;
  onEnd(record: EndedRecord): void;
}

/** Resolves when enough runs have ended, one asks something, or time has run out. Throws if the client gives up. */
async function untilEnough(
  context: FleetContext,
  ids: readonly RunId[],
  limits: WaitLimits,
): Promise<void> {
  const { signal } = limits;
  const over = Promise.withResolvers<void>();
  const giveUp = () =>
    over.reject(new AgentctlError("interrupted", "The wait was cancelled"));
  const timer = setTimeout(over.resolve, limits.timeoutMs);
  signal.addEventListener("abort", giveUp);
  if (signal.aborted) giveUp();
  using questions = new DisposableStack();
  for (const id of ids) {
    questions.use(whenAsked(context, id, () => over.resolve()));
  }
  let count = 0;
  let isOver = false;
  for (const id of ids) {
    runEnd(context, id).then((record) => {
      if (isOver) return;
      limits.onEnd(record);
      if (++count >= limits.enough) over.resolve();
    }).catch(over.reject);
  }
  try {
    await over.promise;
  } finally {
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

/** How much the summaries of earlier attempts may take: each, and all together. */
const ATTEMPT_COLUMNS = 200;
const ATTEMPTS_COLUMNS = 600;

async function waitAnswer(
  { workspace }: FleetContext,
  { runs, attempts, asking, any }: {
    runs: readonly RunFacts[];
    attempts: readonly EndedRecord[];
    asking: readonly AskingRecord[];
    any: boolean;
  },
): Promise<Answer> {
  const ended = runs.filter(({ record }) => isEnded(record));
  const live = runs.filter(({ record }) => !isEnded(record));
  const done = any ? ended.length > 0 : live.length === 0;
  const next = nextSteps(
    ended,
    live.map(({ record }) => record.run_id),
    asking,
  );
  const columns = Math.min(
    ATTEMPT_COLUMNS,
    Math.floor(ATTEMPTS_COLUMNS / Math.max(1, attempts.length)),
  );
  const attemptLines = attempts.map((record) => attemptLine(record, columns));
  const data: z.infer<typeof Output> = {
    ...WORDS_OF,
    done,
    asks: asking.length > 0,
    ended: await digestedRuns(workspace, ended),
    running: await digestedRuns(workspace, live),
    ...attemptLines.length === 0 ? {} : { attempts: attemptLines },
    ...next === null ? {} : { next },
  };
  const lines = [
    ...asking.length > 0
      ? ["A worker asks something"]
      : done
      ? []
      : ["Timed out"],
    ...attemptLines,
    ...[...ended, ...live].map((facts) => runLine(facts.record, facts)),
    WORDS_NOTE,
    ...next === null ? [] : [`Next: ${next}`],
  ];
  return { data, text: lines.join("\n") };
}
