import { join } from "@std/path";
import { resultStep, type Stage, steps } from "../tests/support/stage.ts";
import { describeTimes, report } from "./statistics.ts";

const ROUNDS = 30;

/** From the end that the record names to the end of `wait`; and `wait` on a run that has ended. */
export async function benchWait(stage: Stage): Promise<void> {
  const woken: number[] = [];
  const ended: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const gate = join(stage.scratch.dir, `gate-${round}`);
    const id = await stage.start(
      steps(
        "Wait",
        { say: "waiting" },
        { wait_for_file: gate },
        resultStep(true, "done"),
      ),
    );
    const waiting = stage.wait(id);
    await stage.waitForFile(id, "events.jsonl", "waiting");
    await Deno.writeTextFile(gate, "");
    const { record } = await waiting;
    woken.push(Date.now() - Date.parse(String(record["ended_at"])));
    const begin = performance.now();
    await stage.wait(id);
    ended.push(performance.now() - begin);
  }
  report(describeTimes("end of a run until wait has returned", woken));
  report(describeTimes("wait on a run that has ended", ended));
  report("(wanted: below 100 ms)");
}
