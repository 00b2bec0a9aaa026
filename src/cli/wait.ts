import { currentAttempt } from "../fleet/chain.ts";
import type { FleetContext } from "../workspace/context.ts";
import { namesSeveral, resolveTargets } from "../fleet/resolve_targets.ts";
import { waitForEnds } from "../fleet/wait.ts";
import { attemptLine } from "../view/attempt_line.ts";
import { announceWait, ownRuns } from "../fleet/waiters.ts";
import type { RunId } from "../run/id.ts";
import { isGood, type RunRecord } from "../run/record.ts";
import {
  type AskingRecord,
  isAsking,
  mayAsk,
  noteQuestionsTold,
} from "../fleet/asking.ts";
import { answerCommands, questionLine } from "../run/question_lines.ts";
import { EXIT_CODES, messageOf, usageError } from "../system/errors.ts";
import { formatDuration } from "../text/duration.ts";
import { duration, flag } from "../terminal/option_spec.ts";
import { acknowledgeWait } from "./acknowledge.ts";
import { idsOfTitles } from "./chosen_runs.ts";
import { command, EVERYONE } from "./command.ts";
import { WORDS_NOTE } from "../text/others_words.ts";
import { bytesForEach } from "../view/brief_run.ts";
import { digest } from "../view/digest.ts";
import { runFacts } from "../view/run_facts.ts";
import { showWait } from "./wait_progress.ts";
import { shortIds } from "../run/short_ids.ts";
import { listRunIds } from "../run/store.ts";
import { runLine } from "../view/run_line.ts";
import { FULL_OPTION, isForPerson, isFrugal, shownRun } from "./shown_run.ts";
import { worstExitCode } from "./exit_code.ts";

export default command({
  name: "wait",
  summary: "block until runs end or ask something, and print their records",
  usage:
    "wait <id>... | @project | --all-running [--any | --all] [--fail-fast] [--timeout D]",
  description:
    "Blocks, without polling, until the runs have ended, including the further attempts that\n--retry and --escalate make. On a terminal it shows what is still running, then the\nresult as a card, or a line for each of several runs. Elsewhere it prints the record of one run\nas an object, and of several as an array. With --any it returns as soon as one run has ended and prints a line of JSON for each\nthat has; with --fail-fast it also returns as soon as one has not reached its goal.\nIt always returns with exit code 6 as soon as one of the runs asks something: its worker waits\nuntil somebody answers. Otherwise the exit code gives the outcome, or the worst one of several\nruns. In a session of Claude Code, @last, @project and --all-running mean its own runs, and\nseveral are printed in a line each, in full only if one needs attention; with --json they are\nan array there too.",
  action: "wait",
  args: "<id>...",
  argsOr: "all-running",
  options: {
    any: flag("return when the first run has ended"),
    all: flag("return when all runs have ended (the default)"),
    "all-running": flag(
      "wait for all runs of the workspace that have not ended",
    ),
    everyone: EVERYONE,
    "fail-fast": flag(
      "return as soon as one run has ended without meeting its goal",
    ),
    "no-follow": flag(
      "return at the end of a run even if another attempt comes after it",
    ),
    timeout: duration(
      "D",
      "give up after this time, such as 90s or 10m, with exit code 124",
    ),
    ...FULL_OPTION,
  },
  examples: [
    "agentctl wait @last",
    "agentctl wait @shop --fail-fast",
    "agentctl wait 20260102-030405-a1b2 20260102-030406-c3d4 --any --timeout 10m",
  ],
  inSandbox: true,
  async run({ args, options, caller, fleet, print, say }) {
    const { any, allRunning, failFast, timeoutMs } = options;
    if (any && options.all) {
      throw usageError("Cannot wait: give --any or --all, not both");
    }
    const context = await fleet();
    const ids = await resolveTargets(
      context,
      await idsOfTitles(context, args),
      {
        ...{ all: allRunning, scope: "live", states: "any" },
        everyone: options.everyone,
        onDamaged: (_, error) => say(messageOf(error)),
      },
    );
    const isPersons = isForPerson(options);
    if (ids.length === 0) {
      say("No runs to wait for");
      if (!isPersons) print("[]");
      return EXIT_CODES.ok;
    }
    const isSingle = !allRunning && args.length === 1 &&
      !namesSeveral(args[0] ?? "");
    using progress = isPersons && Deno.stderr.isTerminal()
      ? showWait(context, ids, {
        env: caller.env,
        short: shortIds(await listRunIds(context.workspace)),
        again: `agentctl wait ${ids.join(" ")}`,
      })
      : null;
    const tell = (text: string) => {
      progress?.clear();
      say(text);
    };
    // Until the results are acknowledged, below.
    using _waiting = await announceWait(
      context.workspace,
      await ownRuns(context, ids),
    );
    const asking = new Map<RunId, AskingRecord>();
    const enoughAsked = new AbortController();
    const ends = await waitForEnds(context, ids, {
      any,
      follow: !options.noFollow,
      until: failFast ? (record) => !isGood(record) : undefined,
      onAttempt: (record) => tell(attemptLine(record)),
      onEnd(record) {
        progress?.clear();
        if (isPersons && !isSingle) print(runLine(record));
      },
      onAsk(record, id) {
        asking.set(id, record);
        enoughAsked.abort();
      },
      signal: timeoutMs === undefined ? enoughAsked.signal : AbortSignal.any([
        enoughAsked.signal,
        AbortSignal.timeout(timeoutMs),
      ]),
    });
    const ended = [...ends.values()];
    // One that had ended already is seen first.
    for (const id of ids.filter((id) => !ends.has(id) && !asking.has(id))) {
      const record = await currentAttempt(context, id);
      if (mayAsk(record) && await isAsking(context, record)) {
        asking.set(id, record);
      }
    }
    progress?.[Symbol.dispose]();
    const news = new Map<RunId, RunRecord>([...asking, ...ends]);
    if (isPersons) {
      const { printCard } = await import("./print_card.ts");
      for (const record of isSingle ? news.values() : []) {
        await printCard(context, record, print);
      }
    } else {
      await printRecords(context, ids, news, {
        any: any || failFast,
        single: isSingle,
        full: options.full,
        frugal: isFrugal(caller.env, options),
        print,
        say,
      });
    }
    await acknowledgeWait(context, ended, say);
    const questions = [...asking.values()];
    for (const record of questions) say(askedWords(record));
    await noteQuestionsTold(context, questions);
    const running = ids.filter((id) => !ends.has(id));
    const failedFast = failFast &&
      ended.some((record) => !isGood(record));
    const enough = any || failedFast ? ended.length > 0 : running.length === 0;
    if (running.length > 0) {
      say(
        enough || asking.size > 0
          ? `Still running: ${running.join(" ")}`
          : `Timed out after ${
            formatDuration(timeoutMs ?? 0)
          }; still running: ${
            running.join(" ")
          }; continue with "agentctl wait ${running.join(" ")}"`,
      );
    }
    if (asking.size > 0) return EXIT_CODES.asks;
    return enough ? worstExitCode(ended) : EXIT_CODES.timeout;
  },
});

/** What a worker asks, and how to answer. */
function askedWords({ run_id, waiting_for }: AskingRecord): string {
  const commands = answerCommands(run_id, waiting_for).join('" or "');
  return `Run ${run_id} asks: ${
    questionLine(waiting_for)
  } Answer it with "${commands}", and wait again`;
}

/** One run by its name: an object. Several, or a project's: an array, including those still running. `--any`: a line for each that has ended, or asks. For a model, several are a digest. */
async function printRecords(
  context: FleetContext,
  ids: RunId[],
  news: ReadonlyMap<RunId, RunRecord>,
  { any, single, full, frugal, print, say }: {
    any: boolean;
    single: boolean;
    full: boolean;
    frugal: boolean;
    print: (text: string) => void;
    say: (text: string) => void;
  },
): Promise<void> {
  const { workspace } = context;
  if (frugal && !single) {
    const told = await Promise.all(
      ids.filter((id) => !any || news.has(id)).map(async (id) =>
        await runFacts(
          workspace,
          news.get(id) ?? await currentAttempt(context, id),
        )
      ),
    );
    (await digest(workspace, told)).forEach((line) => print(line));
    if (told.length > 0) say(WORDS_NOTE);
    return;
  }
  if (any) {
    for (const record of news.values()) {
      const bytes = bytesForEach(news.size, record);
      const options = { full, indent: 0, bytes };
      const shown = await shownRun(workspace, record, options);
      print(JSON.stringify(shown));
    }
    return;
  }
  const all = [];
  for (const id of ids) {
    const record = news.get(id) ?? await currentAttempt(context, id);
    all.push(await shownRun(workspace, record, { full, frugal }));
  }
  print(JSON.stringify(single ? all[0] : all, null, 2));
}
