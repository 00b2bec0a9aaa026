import {
  DEBUG_VARIABLE,
  openDebugLog,
  wantsDebugging,
} from "../files/debug_log.ts";
import { RUN_ID_VARIABLE } from "../run/environment.ts";
import { isRunId } from "../run/id.ts";
import { makeRedact } from "../run/redact.ts";
import { hideSecrets } from "../run/secrets.ts";
import { debugStep, setDebugSink } from "../system/ignore.ts";
import { COMMANDS } from "./commands.ts";

/** Turns debugging on for one call, if the environment asks for it; returns a function that ends it, given the call's exit code. */
export function beginDebugging(
  [name = "", first = ""]: readonly string[],
  env: Record<string, string>,
): (exitCode: number) => void {
  if (!wantsDebugging(env)) return () => {};
  const command = COMMANDS.some((command) => command.name === name)
    ? name
    : "-";
  const run = name === "_supervise" ? first : env[RUN_ID_VARIABLE] ?? "";
  const redact = makeRedact(env);
  const before = setDebugSink(openDebugLog({
    target: env[DEBUG_VARIABLE] ?? "",
    command,
    run: isRunId(run) ? run : null,
    redact: (text) => hideSecrets(redact(text)),
    // Claude Code shows stderr to the model.
    silent: name === "_hook",
  }));
  const began = performance.now();
  debugStep(() => "begins");
  return (exitCode) => {
    const ms = Math.round(performance.now() - began);
    debugStep(() => `ends with exit code ${exitCode} after ${ms} ms`);
    setDebugSink(before);
  };
}
