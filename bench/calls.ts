import { EVERYDAY_CALLS } from "../tests/support/everyday_calls.ts";
import { resultStep, type Stage, steps } from "../tests/support/stage.ts";
import { describeTimes, quantile, report, timeCommand } from "./statistics.ts";

const ROUNDS = 30;
const STORED = 10;

/** What is called all the time, with ten stored runs, against an empty program compiled the same way, in turn. */
export async function benchCalls(
  stage: Stage,
  binary: string,
  empty: string,
): Promise<void> {
  for (let index = 0; index < STORED; index++) {
    await stage.wait(
      await stage.start(steps("Stored", resultStep(true, "done"))),
    );
  }
  const time = (program: string, args: string[], input?: string) =>
    timeCommand(program, args, stage.env, stage.repository.dir, input);
  const emptyTimes: number[] = [];
  const times: number[][] = EVERYDAY_CALLS.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    emptyTimes.push(await time(empty, []));
    for (const [index, { args, stdin }] of EVERYDAY_CALLS.entries()) {
      times[index]?.push(await time(binary, args, stdin));
    }
  }
  report(describeTimes("an empty compiled program", emptyTimes));
  for (const [index, { args }] of EVERYDAY_CALLS.entries()) {
    const values = times[index] ?? [];
    const ratio = quantile(values, 0.5) / quantile(emptyTimes, 0.5);
    const name = `agentctl ${args.join(" ")}`;
    report(`${describeTimes(name, values)}  ${ratio.toFixed(2)} times`);
  }
}
