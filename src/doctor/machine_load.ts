import { ignore } from "../system/ignore.ts";

/** How busy a machine is. */
export interface MachineLoad {
  /** The average of the last minute: how many processes ran or wanted to. */
  average: number;
  /** How many run or want to at this moment, this one among them. */
  running: number;
  processors: number;
}

/** How busy the machine is; `null` where the system does not say (Linux does). */
export function readLoad(): MachineLoad | null {
  try {
    const text = Deno.readTextFileSync("/proc/loadavg");
    const [, average, running] = /^([\d.]+) \S+ \S+ (\d+)\//.exec(text) ?? [];
    return {
      average: Number(average),
      running: Number(running),
      processors: navigator.hardwareConcurrency,
    };
  } catch (error) {
    ignore(error, "this system does not say how busy it is");
    return null;
  }
}

/** Whether programs have to wait for a processor. */
export function isBusy(load: MachineLoad): boolean {
  return Math.max(load.running, load.average) > load.processors;
}

/** The load in words, to follow "the machine is busy"; empty if it is unknown. */
export function describeLoad(load: MachineLoad | null): string {
  return load === null
    ? ""
    : ` (load ${load.average} on ${load.processors} processors)`;
}
