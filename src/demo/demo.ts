import { probeCodex } from "../codex/capabilities.ts";
import { findProfile } from "../codex/profiles.ts";
import { findCodex } from "../codex/program.ts";
import { resumeRequest } from "../fleet/resume.ts";
import { startRun } from "../fleet/start.ts";
import { waitForRuns } from "../fleet/wait.ts";
import type { TaskChoices } from "../task/task_option_rows.ts";
import { parseRunId, type RunId } from "../run/id.ts";
import { closingWords } from "../run/outcome.ts";
import type { EndedRecord } from "../run/record.ts";
import { runFiles } from "../run/store.ts";
import { join } from "@std/path";
import { AgentctlError, environmentError } from "../system/errors.ts";
import { requireProgram } from "../system/find_program.ts";
import { formatDuration } from "../text/duration.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { oneLine } from "../text/sanitize.ts";
import { type RunFacts, runFacts } from "../view/run_facts.ts";
import { type Caller, workspacePaths } from "../workspace/workspace.ts";
import { makePlayground, type Playground } from "./playground.ts";
import {
  DEMO_FOLLOWUP,
  DEMO_TASKS,
  demoPrompt,
  type DemoTask,
} from "./scenario.ts";
import { insteadOfAbsent } from "../system/ignore.ts";
import { runTmux, tmuxServerAt } from "../tmux/server.ts";

export interface DemoOptions {
  /** Uses the Codex on PATH instead of the stand-in. */
  realCodex: boolean;
  /** Keeps everything so that the user can look at it. */
  keep: boolean;
  /** Called with a line for each thing that happens. */
  say: (line: string) => void;
  /** Ends the demo, which then leaves nothing, whatever should be kept. */
  signal: AbortSignal;
}

/** What the demo did. */
export interface DemoOutcome {
  runs: RunFacts[];
  diffs: { title: string; patch: string }[];
  /** What the pane of the last run shows; `null` if that cannot be told. */
  pane: { title: string; screen: string } | null;
  /** What did not end as expected; empty if everything did. */
  surprises: string[];
  /** Where everything is, if it was kept. */
  playground: Playground | null;
}

/**
 * The main job on an embedded example: four runs at once in a throwaway
 * repository, one continued on a stronger profile, by the same functions that
 * the commands call. The folder is removed at the end unless it should be kept.
 * Throws an `interrupted` error if it is interrupted.
 */
export async function runDemo(
  caller: Caller,
  options: DemoOptions,
): Promise<DemoOutcome> {
  for (const program of ["tmux", "git"] as const) {
    requireProgram(caller.env, program, "run the demo");
  }
  const ended = (error: unknown) =>
    // Ctrl-C also ends what the demo has just started, and that is no news.
    options.signal.aborted ? interrupted() : error;
  const playground = await makePlayground(caller, {
    standIn: !options.realCodex,
  }).catch((error) => {
    throw ended(error);
  });
  let done = false;
  try {
    const records = await runScenario(playground, options);
    const { workspace } = playground.context;
    const runs = await Promise.all(
      records.map((record) => runFacts(workspace, record)),
    );
    const diffs = await readDiffs(playground, records);
    const pane = await lastPane(playground, records);
    if (options.signal.aborted) throw interrupted();
    done = true;
    return {
      runs,
      diffs,
      pane,
      surprises: findSurprises(records),
      playground: options.keep ? playground : null,
    };
  } catch (error) {
    throw ended(error);
  } finally {
    if (!options.keep || !done) await playground.remove();
  }
}

function interrupted(): AgentctlError {
  return new AgentctlError(
    "interrupted",
    "Interrupted: the demo has ended its runs and removed everything",
  );
}

async function runScenario(
  playground: Playground,
  options: DemoOptions,
): Promise<EndedRecord[]> {
  const { context } = playground;
  const begun = Date.now();
  const say = (line: string) =>
    options.say(
      `${((Date.now() - begun) / 1000).toFixed(1).padStart(5)}s  ${line}`,
    );
  const standIn = !options.realCodex;
  const profiles = standIn ? null : await usableProfiles(playground);
  const start = async (
    task: DemoTask,
    parent?: RunId,
  ) => {
    if (options.signal.aborted) throw interrupted();
    const choices: TaskChoices = {
      profile: profiles && !profiles.includes(task.profile)
        ? undefined
        : task.profile,
      project: join(playground.repository, task.folder),
      title: task.title,
      model: standIn ? undefined : task.model,
      sandbox: task.profile === "review" ? "read-only" : undefined,
    };
    const record = await startRun(context, {
      ...parent === undefined
        ? choices
        : await resumeRequest(context, parent, choices),
      prompt: new TextEncoder().encode(
        demoPrompt(task.prompt, task.steps, standIn),
      ),
    });
    say(
      `● started  ${record.title} (${task.profile}${
        parent === undefined ? "" : ", resumed"
      })`,
    );
    return parseRunId(record.run_id);
  };
  const wait = (ids: RunId[]) =>
    waitForRuns(context, ids, {
      onEnd: (record) => say(describeEnd(record)),
      signal: options.signal,
    });

  const ids = [];
  for (const task of DEMO_TASKS) {
    ids.push(await start(task));
    if (ids.length === 1) {
      options.say(
        `Watch the panes from another terminal: ${attachCommand(playground)}`,
      );
    }
  }
  const first = await wait(ids);
  const unfinished = first.find((record) =>
    record.status === "finished" && record.goal_met === false
  );
  if (!unfinished) return first;
  const followup = await start({
    ...DEMO_FOLLOWUP,
    title: unfinished.title,
    prompt: unfinished.followup_prompt,
  }, parseRunId(unfinished.run_id));
  return [...first, ...await wait([followup])];
}

/** Shows the panes, also from inside another tmux. */
export function attachCommand({ socket }: Pick<Playground, "socket">): string {
  return `env -u TMUX tmux -S ${socket} attach`;
}

async function lastPane(
  { socket, context }: Playground,
  records: EndedRecord[],
): Promise<DemoOutcome["pane"]> {
  const record = records.at(-1);
  if (!record?.pane) return null;
  const server = tmuxServerAt(socket, context.caller.env);
  const { code, stdout } = await runTmux(server, [
    ...["capture-pane", "-p", "-t", record.pane.pane_id],
  ]);
  return code === 0 ? { title: record.title, screen: stdout } : null;
}

function describeEnd(record: EndedRecord): string {
  const words = closingWords(record);
  return `${outcomeOf(record).mark} ${
    record.status.padEnd(8)
  } ${record.title} (${formatDuration(record.duration_ms)}): ${
    oneLine(words, 70)
  }`;
}

/** With the real Codex, whichever of the three profiles the user has. */
async function usableProfiles({ context }: Playground): Promise<string[]> {
  const { env } = context.caller;
  requireProgram(env, "codex", "run the demo");
  const program = await findCodex(env);
  if (program === null) {
    throw environmentError("Cannot run the demo: codex is not on PATH");
  }
  const cacheFile = join(workspacePaths.cache(context.workspace), "codex.json");
  const capabilities = await probeCodex(program, { env, cacheFile });
  const names = ["spark", "deep", "review"];
  const states = await Promise.all(
    names.map((name) => findProfile(env, name, capabilities)),
  );
  return names.filter((_, index) => states[index]?.state === "found");
}

async function readDiffs(
  { context }: Playground,
  records: EndedRecord[],
): Promise<DemoOutcome["diffs"]> {
  const diffs = await Promise.all(records.map(async (record) => ({
    title: record.title,
    patch: await Deno.readTextFile(
      runFiles(context.workspace, parseRunId(record.run_id)).diff,
    )
      .catch(insteadOfAbsent("", "a run without a diff shows none")),
  })));
  return diffs.filter(({ patch }) => patch !== "");
}

function findSurprises(records: EndedRecord[]): string[] {
  const expected = [
    ...DEMO_TASKS.map((task) => task.expected),
    DEMO_FOLLOWUP.expected,
  ];
  return expected.flatMap((outcome, index) => {
    const record = records[index];
    const seen = record ? outcomeOf(record).words : "missing";
    if (seen === outcome) return [];
    const name = record?.title ?? "the resumed run";
    return [`${name}: expected "${outcome}", but it is "${seen}"`];
  });
}
