import { debugStep, isDebugging } from "./ignore.ts";

/** Reports, while debugging is on, how a program that has just been started ended. */
export function tellProgram(
  program: string,
  args: readonly string[],
): (end: number | string) => void {
  if (!isDebugging()) return () => {};
  const began = performance.now();
  return (end) =>
    debugStep(() =>
      `ran ${callOf(program, args)}: ${
        typeof end === "number" ? `exit code ${end}` : end
      } after ${Math.round(performance.now() - began)} ms`
    );
}

/** The same for a child that its caller follows. Never changes what the caller sees. */
export function tellChild(
  child: Deno.ChildProcess,
  program: string,
  args: readonly string[],
): Deno.ChildProcess {
  if (!isDebugging()) return child;
  const ended = tellProgram(program, args);
  child.status.then(({ code }) => ended(code), (error) => ended(String(error)));
  return child;
}

/** What a call does, without its arguments: titles, messages and paths may be the user's words. */
function callOf(program: string, args: readonly string[]): string {
  const verb = args.find((arg) => /^[a-z]+(-[a-z]+)*$/.test(arg)) ??
    args.slice(0, 1).find((arg) => /^--?[A-Za-z]+$/.test(arg));
  const shown = verb === undefined ? [] : [verb];
  if (args.length > shown.length) {
    shown.push(`(${args.length - shown.length} more)`);
  }
  return [program, ...shown].join(" ");
}
