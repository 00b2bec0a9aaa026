import { resultStep, steps } from "../../support/stage.ts";
import { type Fault, must, Skipped } from "../fault.ts";
import { type Round } from "../round.ts";
import { untilFileHolds } from "../strike.ts";
import { endOf } from "../truth.ts";

/** So many waiters die in each round; in 20 rounds, 100. */
const WAITERS = 5;

/** Everything that can happen to the one who waits. */
export const WAITER_FAULTS: readonly Fault[] = [
  {
    name: `${WAITERS} waiters SIGKILLed`,
    async play(round) {
      if (!await hasInbox(round)) throw new Skipped("there is no inbox yet");
      const summary = "x".repeat(round.random.pick([10, 10_000, 400_000]));
      await round.open();
      for (let number = 0; number < WAITERS; number++) {
        await killWaiter(round, summary);
      }
    },
  },
];

async function killWaiter(round: Round, summary: string): Promise<void> {
  const { stage, random } = round;
  const id = await stage.start(
    steps(
      "Waited for",
      { sleep_ms: random.between(0, 100) },
      resultStep(true, summary),
    ),
  );
  const full = random.pick([[], ["--full"]]);
  const waiter = stage.spawn(["wait", id, ...full]);
  const waiting = endOf(waiter);
  // Half of them die about when they print, the others at any time.
  if (random.between(0, 1) === 1) {
    await untilFileHolds(round, id, "meta.json", '"ended_at"');
    await round.pause(0, 60);
  } else await round.pause(0, 800);
  try {
    waiter.kill("SIGKILL");
  } catch {
    // It was faster.
  }
  const { stdout } = await waiting;
  await untilFileHolds(round, id, "meta.json", '"ended_at"');
  const since = performance.now();
  const inbox = await stage.agentctl(["inbox", "--json"]);
  must(inbox.code === 0, `inbox ends with ${inbox.code}: ${inbox.stderr}`);
  const listed = (JSON.parse(inbox.stdout) as { run_id: string }[])
    .some((run) => run.run_id === id);
  const delivered = isWhole(stdout, id);
  must(
    listed || delivered,
    `The result is acknowledged, and its waiter has printed ${stdout.length} characters`,
  );
  const ack = await stage.agentctl(["ack", id]);
  must(ack.code === 0, `ack ends with ${ack.code}: ${ack.stderr}`);
  round.took(performance.now() - since);
}

function isWhole(stdout: string, id: string): boolean {
  try {
    return stdout.endsWith("}\n") && JSON.parse(stdout).run_id === id;
  } catch {
    return false;
  }
}

async function hasInbox({ stage }: Round): Promise<boolean> {
  return (await stage.agentctl(["inbox", "--help"])).code === 0;
}
