import { runCommand } from "../system/command.ts";
import { ignore, ignored } from "../system/ignore.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { runShell } from "../system/shell.ts";

/** How busy a machine is. */
export interface MachineLoad {
  /** The average of the last minute: how many processes ran or wanted to. */
  average: number;
  /** How many run or want to at this moment, those that find out not counted. */
  running: number;
  processors: number;
}

/** A look at the machine. */
export interface MachineLook {
  /** `null` if the system does not say. */
  load: MachineLoad | null;
  /** Whether programs have to wait for a processor. */
  isBusy: boolean;
}

/** How long a look may take. */
const LOOK_MS = 5_000;

/** A program that does next to nothing takes a few milliseconds where it need not wait. */
const IDLE_CALL_MS = 300;

/**
 * How busy the machine is: by the system's word, which Deno lets only programs
 * read, and by the time of the quicker of two programs, because either may hang.
 */
export async function lookAtMachine(
  env: Record<string, string>,
  over: AbortSignal,
): Promise<MachineLook> {
  const began = Date.now();
  const signal = AbortSignal.any([over, AbortSignal.timeout(LOOK_MS)]);
  const reading = readLoad(env, signal);
  await Promise.any([
    reading.then((load) => load ?? Promise.reject(new Error("no answer"))),
    runCommand("tmux", ["-V"], { env, signal }),
  ]).catch(ignored("then the machine is busy, or both hang"));
  const isLate = Date.now() - began > IDLE_CALL_MS;
  const load = await reading;
  const wait = load !== null && load.running > load.processors;
  return { load, isBusy: isLate || wait };
}

async function readLoad(
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<MachineLoad | null> {
  try {
    const { stdout } = await runShell(
      "cat /proc/loadavg 2>/dev/null || sysctl -n vm.loadavg",
      { env: programEnvironment(env).env, signal },
    );
    const [, words] = /([\d.]+)/.exec(stdout) ?? [];
    if (words === undefined) return null;
    const [, running] = / (\d+)\/\d+ /.exec(stdout) ?? [];
    return {
      average: Number(words),
      // Not counted: the one that reads it.
      running: Number(running ?? words) - (running === undefined ? 0 : 1),
      processors: navigator.hardwareConcurrency,
    };
  } catch (error) {
    ignore(error, "how busy the machine is stays unknown");
    return null;
  }
}

/** The load in words, to follow "the machine is busy"; empty if it is unknown. */
export function describeLoad(load: MachineLoad | null): string {
  return load === null
    ? ""
    : ` (load ${load.average} on ${load.processors} processors)`;
}
