import { resultStep, type Stage, steps } from "../tests/support/stage.ts";
import { describeTimes, quantile, report, timeCommand } from "./statistics.ts";

const ROUNDS = 30;

/** `start` against an empty compiled program and the tmux calls that it makes, taken in turn. */
export async function benchStart(
  stage: Stage,
  binary: string,
  empty: string,
): Promise<void> {
  const { env, repository } = stage;
  const time = (program: string, ...args: string[]) =>
    timeCommand(program, args, env, repository.dir);
  const times = {
    empty: [] as number[],
    tmux: [] as number[],
    start: [] as number[],
  };
  await time("tmux", "new-session", "-d", "-s", "bench", "sleep 600");
  for (let round = 0; round < ROUNDS; round++) {
    times.empty.push(await time(empty));
    times.tmux.push(
      await time("tmux", "list-panes", "-a", "-F", "#{pane_id}") +
        await time("tmux", "new-window", "-d", "-P", "true"),
    );
    const id = `bench-${round}`;
    const prompt = steps("Bench", resultStep(true, "done"));
    times.start.push(
      await time(binary, "start", "--run-id", id, "--prompt", prompt),
    );
    await stage.wait(id);
  }
  const median = (values: number[]) => quantile(values, 0.5);
  const ratio = (median(times.start) - median(times.tmux)) /
    median(times.empty);
  report(describeTimes("an empty compiled program", times.empty));
  report(describeTimes("the tmux calls of start", times.tmux));
  report(describeTimes("agentctl start", times.start));
  report(
    `start without its tmux calls: ${
      ratio.toFixed(2)
    } times an empty program (wanted: below 2)\n`,
  );
}
