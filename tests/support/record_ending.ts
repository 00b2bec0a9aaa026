import { buildArgv } from "../../src/codex/command_line.ts";
import { writeAndClose } from "../../src/system/command.ts";
import type { Ending } from "../codex/corpus/ending.ts";
import type { Recording } from "../codex/corpus/recording.ts";
import {
  type EndingStage,
  LONGEST_MS,
  makeEndingStage,
  STDERR_TAIL_CHARACTERS,
} from "./ending_stage.ts";

interface Running {
  child: Deno.ChildProcess;
  stdout: { text: string; done: Promise<void> };
  stderr: { text: string; done: Promise<void> };
}

/** Makes the real `codex exec` end so, and returns what came of it. */
export async function recordEnding(ending: Ending): Promise<Recording> {
  await using stage = await makeEndingStage(ending);
  const { env, folders, model, capabilities, lines } = stage;
  const start = (argv: string[], prompt: Ending["prompt"] = "Do it") =>
    startCodex([...ending.through ?? [], "codex", ...argv], {
      env,
      cwd: folders.dir,
      prompt,
    });

  let resumed: { thread: string; first: Running } | undefined;
  if (ending.resumeOf !== undefined) {
    const first = start(argvOf(ending, stage, null));
    const asked = await model?.waitForRequest(() => true);
    resumed = { thread: asked?.threadId ?? "", first };
  }
  const argv = argvOf(ending, stage, resumed?.thread ?? null);
  const startedAt = performance.now();
  const codex = start(argv, ending.prompt);
  if (ending.signal !== undefined) {
    await stage.allAsked();
    codex.child.kill(ending.signal);
  }
  const timer = setTimeout(() => endGroup(codex), LONGEST_MS);
  const status = await codex.child.status;
  const seconds = (performance.now() - startedAt) / 1000;
  clearTimeout(timer);
  // Behind the npm package's program the native one may live on.
  for (const running of [codex, resumed?.first]) {
    if (running) endGroup(running);
  }
  await resumed?.first.child.status;
  await Promise.all([codex.stdout.done, codex.stderr.done]);
  return {
    name: ending.name,
    how: ending.how,
    codex: capabilities.version,
    argv: lines(["codex", ...argv].join("\0")).join("\n").split("\0"),
    exit_code: status.code,
    signal: status.signal,
    seconds: Math.round(seconds * 10) / 10,
    stdout: lines(codex.stdout.text),
    stderr: lines(codex.stderr.text.slice(-STDERR_TAIL_CHARACTERS)),
  };
}

function argvOf(
  ending: Ending,
  { capabilities, request }: EndingStage,
  resumeThreadId: string | null,
): string[] {
  const argv = buildArgv(capabilities, request(resumeThreadId));
  return ending.argv?.(argv) ?? argv;
}

/** Starts Codex as the leader of a group, so that nothing of it can be left. */
function startCodex(
  words: string[],
  options: {
    env: Record<string, string>;
    cwd: string;
    prompt: string | Uint8Array<ArrayBuffer>;
  },
): Running {
  const child = new Deno.Command("setsid", {
    args: words,
    cwd: options.cwd,
    env: options.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  writeAndClose(child.stdin, options.prompt).catch(() => {});
  return {
    child,
    stdout: collect(child.stdout),
    stderr: collect(child.stderr),
  };
}

function collect(stream: ReadableStream<Uint8Array>): Running["stdout"] {
  const collected = { text: "", done: Promise.resolve() };
  const decoder = new TextDecoder();
  collected.done = (async () => {
    for await (const bytes of stream) {
      collected.text += decoder.decode(bytes, { stream: true });
    }
  })();
  return collected;
}

function endGroup({ child }: Running): void {
  try {
    Deno.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // Usually nothing is left.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
