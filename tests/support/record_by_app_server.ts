import { join } from "@std/path";
import type { GuardPlan } from "../../src/codex/guard.ts";
import { openTransport } from "../../src/transport/open_transport.ts";
import type { TurnEnd } from "../../src/transport/turn.ts";
import { shellCommand } from "../../src/system/shell.ts";
import { toBytes } from "../../src/system/write_all.ts";
import type { Ending } from "../codex/corpus/ending.ts";
import type { Recording } from "../codex/corpus/recording.ts";
import {
  type EndingStage,
  LONGEST_MS,
  makeEndingStage,
} from "./ending_stage.ts";

/**
 * Makes the real Codex end so when agentctl drives it by its app-server, and returns
 * what came of it in the form of `codex exec`.
 */
export async function recordByAppServer(ending: Ending): Promise<Recording> {
  await using stage = await makeEndingStage(ending);
  const calls = await noteCalls(ending, stage);
  const timeUp = new AbortController();

  let first: Promise<TurnEnd> | undefined;
  let thread: string | null = null;
  if (ending.resumeOf !== undefined) {
    first = play(ending, stage, { thread, signal: timeUp.signal }).end;
    thread = (await stage.model?.waitForRequest(() => true))?.threadId ?? "";
  }
  const startedAt = performance.now();
  const timer = setTimeout(() => timeUp.abort(), LONGEST_MS);
  const played = play(ending, stage, { thread, signal: timeUp.signal });
  if (ending.signal !== undefined) {
    await stage.allAsked();
    Deno.kill((await calls()).pid, ending.signal);
  }
  const end = await played.end;
  const seconds = (performance.now() - startedAt) / 1000;
  clearTimeout(timer);
  timeUp.abort();
  await first;
  const { command } = await calls();
  return {
    name: ending.name,
    how: ending.how,
    codex: stage.capabilities.version,
    argv: ["codex", command],
    exit_code: end.exitCode,
    signal: end.signal,
    seconds: Math.round(seconds * 10) / 10,
    ...end.errorKind === undefined ? {} : { error_kind: end.errorKind },
    stdout: stage.lines(played.events()),
    stderr: stage.lines(end.stderrTail),
  };
}

/** No more than the sandbox of the others. */
const GUARD: GuardPlan = {
  name: "agentctl-guard",
  profile: '{extends=":workspace"}',
  read_only: [],
  hidden: [],
  needed: [],
  leftovers: [],
  uncovered: [],
  mayWrite: () => true,
};

/** Runs one turn as a supervisor does. */
function play(
  { prompt }: Ending,
  { capabilities, env, request }: EndingStage,
  { thread, signal }: { thread: string | null; signal: AbortSignal },
): { end: Promise<TurnEnd>; events(): string } {
  let events = "";
  const decoder = new TextDecoder();
  const unread = { write: () => {} };
  const run = async () => {
    await using transport = openTransport("app-server", {
      capabilities,
      eventsLog: {
        write: (bytes) => events += decoder.decode(bytes, { stream: true }),
      },
      stderrLog: unread,
      rpcLog: () => unread,
      onFallBack: () => {},
      onOutput: () => {},
      endLeftovers: () => Promise.resolve(),
    });
    return await transport.turn({
      request: { ...request(thread), guard: GUARD },
      env,
      prompt: toBytes(prompt ?? "Do it"),
      onEvent: () => {},
      onUsage: () => {},
      onLimits: () => {},
      onAsked: () => Promise.resolve(),
      onSteerable: () => {},
      ending: { signal, firstSignal: () => "SIGTERM" },
    });
  };
  return { end: run(), events: () => events };
}

/** Puts a program before Codex that notes how it is called, and is what the ending needs there. Returns what tells of the last call. */
async function noteCalls(
  { through = [] }: Ending,
  { folders: { bin, dir, codexBin } }: EndingStage,
): Promise<() => Promise<{ command: string; pid: number }>> {
  const codex = join(bin, "codex");
  const notes = join(dir, "calls");
  // An ending may bring a program of its own.
  const next = await Deno.rename(codex, join(bin, "codex-itself"))
    .then(() => join(bin, "codex-itself"), () => join(codexBin, "codex"));
  const call = shellCommand([...through, next]);
  await Deno.writeTextFile(
    codex,
    `#!/bin/sh\necho "$1 $$" >> ${shellCommand([notes])}\nexec ${call} "$@"\n`,
    { mode: 0o755 },
  );
  return async () => {
    const last = (await Deno.readTextFile(notes)).trim().split("\n").at(-1);
    const [command = "", pid = ""] = last?.split(" ") ?? [];
    return { command, pid: Number(pid) };
  };
}
