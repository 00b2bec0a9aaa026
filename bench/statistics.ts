import { writeAndClose } from "../src/system/command.ts";
import { writeStdout } from "../src/system/standard_output.ts";

/** Milliseconds that a program takes from its start to its end, with what it reads from its standard input. */
export async function timeCommand(
  program: string,
  args: string[],
  env: Record<string, string>,
  cwd: string,
  input = "",
): Promise<number> {
  const begin = performance.now();
  const child = new Deno.Command(program, {
    args,
    env,
    clearEnv: true,
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ code, stderr }] = await Promise.all([
    child.output(),
    writeAndClose(child.stdin, input),
  ]);
  const taken = performance.now() - begin;
  if (code !== 0) {
    throw new Error(
      `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`,
    );
  }
  return taken;
}

/** The value below which the given part of the measurements lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[
    Math.min(sorted.length - 1, Math.floor(part * sorted.length))
  ] ?? NaN;
}

/** A line of the report: the distribution of some times. */
export function describeTimes(name: string, values: readonly number[]): string {
  const at = (part: number) =>
    `${quantile(values, part).toFixed(1)} ms`.padStart(9);
  return `${name.padEnd(44)} p50 ${at(0.5)}  p90 ${at(0.9)}  max ${
    at(1)
  }  (n=${values.length})`;
}

/** Prints a line of the report. */
export function report(line: string): void {
  writeStdout(line + "\n");
}
