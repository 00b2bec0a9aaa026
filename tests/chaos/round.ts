import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { digestOf } from "./digest.ts";
import { lost, must } from "./fault.ts";
import {
  describe,
  processesAtHome,
  processesOfRun,
  signal as sendSignal,
} from "./processes.ts";
import { type Random } from "./random.ts";
import { until, within } from "../support/until.ts";
import { delay } from "./time.ts";
import {
  checkExpected,
  checkTruth,
  endOf,
  type Expectation,
  readOutcome,
  type RunOutcome,
  untilNobodyIsLeft,
  type Waited,
} from "./truth.ts";

/** How long the truth about a run may take after a fault, beyond what its ladder takes. */
export const TRUTH_MS = 2_000;

/** What a round begins with. */
export interface RoundOptions {
  random: Random;
  /** The compiled program, if there is one. */
  binary: string | undefined;
  /** Every time limit is multiplied by this; a short pass beside other tests has no use for narrow ones. */
  patience: number;
}

/** One try of a fault: a home, a workspace with a run that is none of the fault's business, and chance. */
export interface Round extends AsyncDisposable {
  stage: Stage;
  random: Random;
  /** Called before the workspace is used, for faults that lie under it. */
  open(): Promise<void>;
  /** Starts a run and a wait for it. */
  begin(prompt: string, ...options: string[]): Promise<Victim>;
  /** Waits as long as chance says. */
  pause(fromMs: number, toMs: number): Promise<void>;
  /** Checks everything that must be true after a fault that happened at `since` (`performance.now()`). */
  settle(
    victim: Victim,
    since: number,
    expected: Expectation,
  ): Promise<RunOutcome>;
  /** Tells the time that a fault took which has no run to settle. */
  took(milliseconds: number): void;
  /** The slowest truth of this round. */
  slowestMs(): number;
  /** Done at the end, last first, whatever happened. */
  onEnd(action: () => Promise<unknown>): void;
  /** Runs tmux on the round's own server. */
  tmux(...args: string[]): Promise<void>;
  /** Replaces the round's tmux server by one that a command starts; the words of tmux are appended to it. */
  serveBy(command: string[]): Promise<void>;
}

/** A run that a fault is to hit. */
export interface Victim {
  id: string;
  waiting: Promise<Waited>;
  /** The process of the wait. */
  waiter: Deno.ChildProcess;
}

/** Makes a round. Its processes, mounts and files go away with it. */
export async function makeRound(options: RoundOptions): Promise<Round> {
  const { random, patience } = options;
  const stage = await makeStage({ binary: options.binary });
  const ends: (() => Promise<unknown>)[] = [];
  let slowest = 0;
  let bystander = "";
  let untouched = "";

  const bystanderFiles = () =>
    digestOf(
      stage.runFile(bystander, "."),
      join(stage.workspace, "config.jsonc"),
      join(stage.workspace, "projects.json"),
      join(stage.workspace, ".gitignore"),
    );

  async function open(): Promise<void> {
    await call(stage, "init", stage.scratch.home);
    await call(stage, "add-project", "bystander", stage.repository.dir);
    const prompt = steps("Bystander", resultStep(true, "by the way"));
    bystander = await stage.start(prompt);
    const { code } = await stage.wait(bystander);
    must(code === 0, `The bystander ended with ${code}`);
    // Its supervisor still tidies up when the end is told.
    await untilNobodyIsLeft(bystander, performance.now() + 20_000);
    untouched = await bystanderFiles();
  }

  async function begin(prompt: string, ...words: string[]): Promise<Victim> {
    if (bystander === "") await open();
    const id = await stage.start(prompt, ...words);
    const waiter = stage.spawn(["wait", id]);
    return { id, waiter, waiting: endOf(waiter) };
  }

  async function settle(
    victim: Victim,
    since: number,
    expected: Expectation,
  ): Promise<RunOutcome> {
    const limit = (TRUTH_MS + (expected.ladderMs ?? 0)) * patience;
    const waited = await within("the end of wait", victim.waiting, {
      within: limit + 20_000,
      error: lost,
      seen: () => tell(victim.id),
    });
    const outcome = readOutcome(waited);
    checkExpected(outcome, waited.code, expected);
    await untilNobodyIsLeft(victim.id, since + limit);
    const tookMs = waited.at - since;
    slowest = Math.max(slowest, tookMs);
    must(tookMs <= limit, `wait took ${Math.round(tookMs)} ms of ${limit}`);
    const record = await checkTruth(
      stage,
      victim.id,
      String(outcome["status"]),
    );
    must(
      await bystanderFiles() === untouched,
      "Files of something else have changed",
    );
    return record;
  }

  const tell = (id: string) => {
    const left = describe(processesOfRun(id)) || "none";
    let record = "no record";
    try {
      record = Deno.readTextFileSync(stage.runFile(id, "meta.json"))
        .slice(0, 200);
    } catch {
      // It is gone.
    }
    return `processes ${left}; ${record}`;
  };

  return {
    stage,
    random,
    open,
    begin,
    settle,
    pause: (from, to) => delay(random.between(from, to)),
    took: (milliseconds) => slowest = Math.max(slowest, milliseconds),
    slowestMs: () => slowest,
    onEnd: (action) => ends.push(action),
    async tmux(...args) {
      await tmux(stage, args);
    },
    async serveBy([program = "tmux", ...args]) {
      await tmux(stage, ["kill-server"]);
      // The old server may take a moment to go.
      await until(
        "the old tmux server is gone",
        async () => await tmux(stage, ["list-sessions"]) !== 0,
      );
      const size = ["-x", "200", "-y", "50"];
      const { success, stderr } = await new Deno.Command(program, {
        args: [...args, "tmux", "new-session", "-d", "-s", "ai", ...size],
        env: stage.env,
        clearEnv: true,
      }).output();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
    },
    async [Symbol.asyncDispose]() {
      for (const pid of processesAtHome(stage.scratch.home)) {
        sendSignal(pid, "SIGKILL");
      }
      for (const action of ends.reverse()) await action().catch(() => {});
      await stage[Symbol.asyncDispose]();
    },
  };
}

/** Runs agentctl and throws {@linkcode Lost} unless it succeeds. */
async function call(stage: Stage, ...args: string[]): Promise<void> {
  const { code, stderr } = await stage.agentctl(args);
  must(code === 0, `agentctl ${args.join(" ")} ends with ${code}: ${stderr}`);
}

async function tmux(stage: Stage, args: string[]): Promise<number> {
  const command = new Deno.Command("tmux", {
    args,
    env: stage.env,
    clearEnv: true,
  });
  return (await command.output()).code;
}
