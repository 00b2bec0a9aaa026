import { resolve } from "@std/path";
import { messageOf } from "../system/errors.ts";
import { defaultScript } from "./default_script.ts";
import { findCodexHome, findFolder, isInRepository } from "./folders.ts";
import { openAnswerFile, readPrompt, readSchema } from "./inputs.ts";
import { type StandInIo, writeAll } from "./io.ts";
import type { ParsedWords } from "./parse_options.ts";
import { Refused } from "./refused.ts";
import type { Sandbox } from "./sandbox.ts";
import { parseScript, type Step } from "./script.ts";
import {
  lastSession,
  loadSession,
  newSession,
  saveSession,
  type Session,
  sessionFolder,
} from "./sessions.ts";
import { performTurn, type TurnOutcome } from "./turn.ts";
import { addUsage, plausibleUsage } from "./usage.ts";

// Measured with 0.169.0.
const LONGEST_PROMPT = 1_048_576;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A call of `codex exec` or `codex exec resume`. */
interface ExecCall {
  /** Options before and after `resume`, together. */
  flags: Set<string>;
  value: (option: string) => string | undefined;
  values: (option: string) => string[];
  resume: boolean;
  words: string[];
}

/** Signals and their handling, as the process around the work sees them. */
export interface ExecSignals {
  signal: AbortSignal;
  ignoreSignals: () => void;
}

/** Runs one turn like `codex exec` and returns its exit code. Rejects with the signal's reason when aborted. */
export async function runExec(
  exec: ParsedWords,
  resumed: ParsedWords | undefined,
  io: StandInIo,
  signals: ExecSignals,
): Promise<number> {
  try {
    return await performExec(mergeCall(exec, resumed), io, signals);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    writeAll(io.stderr, `${error.message}\n`);
    return 1;
  }
}

function mergeCall(
  exec: ParsedWords,
  resumed: ParsedWords | undefined,
): ExecCall {
  const values = (
    option: string,
  ) => [
    ...(exec.values.get(option) ?? []),
    ...(resumed?.values.get(option) ?? []),
  ];
  return {
    flags: new Set([...exec.flags, ...(resumed?.flags ?? [])]),
    values,
    value: (option) => values(option).at(-1),
    resume: resumed !== undefined,
    words: resumed ? resumed.words : exec.words,
  };
}

async function performExec(
  call: ExecCall,
  io: StandInIo,
  signals: ExecSignals,
): Promise<number> {
  const codexHome = findCodexHome(io.env);
  const cwd = findFolder(io.cwd, call.value("cd"));
  const sandbox = chooseSandbox(call, cwd, io.cwd);
  if (
    !call.flags.has("skip-git-repo-check") &&
    !bypasses(call) && !isInRepository(cwd)
  ) {
    throw new Refused(
      "Not inside a trusted directory and --skip-git-repo-check was not specified.",
    );
  }
  const prompt = await readPrompt(promptWord(call), io, signals.signal);
  readSchema(call.value("output-schema"), io.cwd);
  const answerFile = openAnswerFile(call.value("output-last-message"), io.cwd);
  const folder = sessionFolder(codexHome);
  const session = await findSession(call, folder, cwd);

  const keep = (changes: Partial<Session>) =>
    call.flags.has("ephemeral") ? Promise.resolve() : saveSession(folder, {
      ...session,
      cwd,
      ...changes,
      updated_at: new Date().toISOString(),
    });
  await keep({});

  const { steps, wrong } = await chooseSteps(prompt, sandbox);
  const silent = steps.some((step) => step.kind === "no_events") ||
    !call.flags.has("json");
  const emit = (event: Record<string, unknown>) => {
    if (!silent) writeAll(io.stdout, JSON.stringify(event) + "\n");
  };
  // Codex names no model here; the stand-in says who it is.
  emit({
    type: "thread.started",
    thread_id: session.thread_id,
    model: "stand-in",
  });
  if (prompt.length > LONGEST_PROMPT && [...prompt].length > LONGEST_PROMPT) {
    throw new Refused(
      `Error: Input exceeds the maximum length of ${LONGEST_PROMPT} characters.`,
    );
  }
  emit({ type: "turn.started" });
  const outcome = wrong ?? await performSteps(steps, {
    sandbox,
    emit,
    writeRaw: (data) => writeAll(io.stdout, data),
    writeError: (text) =>
      writeAll(io.stderr, text.endsWith("\n") ? text : `${text}\n`),
    ...signals,
  });
  if (outcome.end === "exit") return outcome.code;
  if (outcome.end === "failed") {
    emit({ type: "turn.failed", error: { message: outcome.message } });
    return 1;
  }
  const usage = addUsage(
    session.usage,
    outcome.usage ?? plausibleUsage(prompt.length, outcome.items),
  );
  await keep({ usage, turns: session.turns + 1 });
  emit({ type: "turn.completed", usage });
  if (!call.flags.has("json") && outcome.lastMessage !== undefined) {
    writeAll(io.stdout, `${outcome.lastMessage}\n`);
  }
  if (answerFile) Deno.writeTextFileSync(answerFile, outcome.lastMessage ?? "");
  return 0;
}

async function chooseSteps(
  prompt: string,
  sandbox: Sandbox,
): Promise<{ steps: Step[]; wrong?: TurnOutcome }> {
  try {
    const steps = parseScript(prompt);
    return {
      steps: steps.length > 0 ? steps : await defaultScript(prompt, sandbox),
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { steps: [], wrong: { end: "failed", message: error.message } };
  }
}

async function performSteps(
  ...args: Parameters<typeof performTurn>
): Promise<TurnOutcome> {
  try {
    return await performTurn(...args);
  } catch (error) {
    // A step that the file system refuses fails the turn; a closed stdout or a signal ends everything.
    const signal = args[1].signal;
    if (
      signal.aborted || error instanceof Deno.errors.BrokenPipe ||
      !(error instanceof Error)
    ) throw error;
    return { end: "failed", message: `stand-in: ${messageOf(error)}` };
  }
}

function bypasses(call: ExecCall): boolean {
  return call.flags.has("dangerously-bypass-approvals-and-sandbox") ||
    call.flags.has("yolo");
}

function chooseSandbox(
  call: ExecCall,
  cwd: string,
  processFolder: string,
): Sandbox {
  const named = call.value("sandbox");
  const mode = bypasses(call) || named === "danger-full-access"
    ? "danger-full-access"
    : named === "workspace-write" ||
        (named === undefined && call.flags.has("approve-for-me"))
    ? "workspace-write"
    : "read-only";
  return {
    mode,
    cwd,
    writable: call.values("add-dir").map((folder) =>
      resolve(processFolder, folder)
    ),
  };
}

function promptWord(call: ExecCall): string | undefined {
  if (!call.resume || call.flags.has("last")) return call.words[0];
  return call.words[1];
}

async function findSession(
  call: ExecCall,
  folder: string,
  cwd: string,
): Promise<Session> {
  const fresh = () => newSession(cwd, call.value("thread-source") ?? null);
  if (!call.resume) return fresh();
  if (call.flags.has("last")) {
    return await lastSession(folder, call.flags.has("all") ? undefined : cwd) ??
      fresh();
  }
  const id = call.words[0];
  // Measured: anything but a UUID is taken for a name, and an unknown name begins a new thread.
  if (id === undefined || !UUID.test(id)) return fresh();
  const session = await loadSession(folder, id);
  if (!session) {
    throw new Refused(
      `Error: thread/resume: thread/resume failed: no rollout found for thread id ${id} (code -32600)`,
    );
  }
  return session;
}
