import { join } from "@std/path";
import { entriesIn } from "../../src/files/entries_in.ts";
import type { FleetContext } from "../../src/workspace/context.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { callCli } from "../cli/call_cli.ts";
import { standInLauncher } from "../../src/stand_in/launcher.ts";
import { type GitRepository, makeGitRepository } from "./git_repository.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { makeCodexHome } from "./codex_home.ts";
import { bundledProgram, bundledStandIn } from "./bundled_program.ts";
import { ensureCodex, ensureNativeCodex, ensureTmux } from "./tools.ts";
import { until, within } from "./until.ts";

/** The arguments with which Deno runs agentctl. */
export const PROGRAM_ARGS = (await bundledProgram()).slice(1);

/** What a call of agentctl printed. */
export interface CallOutput {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CallOptions {
  stdin?: string | Uint8Array<ArrayBuffer>;
  cwd?: string;
  env?: Record<string, string>;
  /** How long it may take, in milliseconds, if that is more than usual. */
  withinMs?: number;
  /** Whether it is a program of its own although the test's own process could run it. */
  ownProcess?: boolean;
}

/** A home, a repository, a workspace and a worker, for one test. */
export interface Stage extends AsyncDisposable {
  scratch: Scratch;
  repository: GitRepository;
  /** The `.ai-orch` folder. */
  workspace: string;
  env: Record<string, string>;
  /** The command line of agentctl. */
  command: readonly string[];
  /** Runs agentctl to its end, in the repository unless told; within this process where it can. */
  agentctl(args: string[], options?: CallOptions): Promise<CallOutput>;
  /** Starts agentctl and leaves it running. */
  spawn(args: string[], options?: CallOptions): Deno.ChildProcess;
  /** Starts a run and returns its id; throws what agentctl said if it did not start. */
  start(prompt: string, ...options: string[]): Promise<string>;
  /**
   * Waits for a run and for what its supervisor does after the end; returns its
   * record and the exit code of `wait`.
   */
  wait(id: string): Promise<{ record: Record<string, unknown>; code: number }>;
  /** The record as `show` prints it now. */
  show(id: string): Promise<Record<string, unknown>>;
  /** Resolves when a file of the run contains the text; for what a worker does meanwhile. */
  waitForFile(id: string, file: string, text: string): Promise<void>;
  /** What a call in the repository works on, with the settings as they are now. */
  fleet(): Promise<FleetContext>;
  /** Path of a file of a run. */
  runFile(id: string, file: string): string;
}

export interface StageOptions {
  /** The model server behind the real Codex; without it, the worker is the stand-in. */
  modelServer?: { url: string };
  /** Whether Codex is started by node, as its npm package does it. */
  npmCodex?: boolean;
  /** The compiled binary to call instead of the bundled program. */
  binary?: string;
  /** Where all of it lies; without it, in the temporary folder, where any worker may write. */
  dir?: string;
}

/**
 * Commands that are called in this process where nothing of a program of its own
 * is tested: most of the suite's calls, each a tenth of the work.
 */
const IN_PROCESS: ReadonlySet<string> = new Set([
  ...["start", "resume", "rerun", "wait", "show", "list", "inbox", "ack"],
  ...["chain", "merge", "discard", "stats", "stop", "release"],
  ...["pause", "unpause", "clean", "init", "trust", "add-project", "projects"],
  ...["remove-project", "prompt", "doctor", "send", "answer", "_hook"],
]);

/** A call that takes longer hangs; the longest timeout that tests give to one is shorter. */
const CALL_MS = 120_000;

/** Makes a stage. Everything on it goes away with it, tmux servers and their workers included. */
export async function makeStage(options: StageOptions = {}): Promise<Stage> {
  await ensureTmux();
  const scratch = await makeScratch({ dir: options.dir });
  const program = options.binary ?? Deno.execPath();
  const prefix = options.binary ? [] : PROGRAM_ARGS;
  const repository = await makeGitRepository(join(scratch.dir, "repository"), {
    "README.md": "# Test\n",
    "greeting.txt": "hello\n",
  });
  const env = { ...scratch.env };
  if (options.modelServer) {
    const codex = options.npmCodex ? ensureCodex() : ensureNativeCodex();
    env["PATH"] = `${await codex}:${env["PATH"]}`;
    await makeCodexHome(env["CODEX_HOME"] ?? "", options.modelServer.url);
  } else {
    const launcher = standInLauncher(
      options.binary ? [program] : await bundledStandIn(),
    );
    await Deno.writeTextFile(join(scratch.bin, "codex"), launcher, {
      mode: 0o755,
    });
  }
  const workspace = join(scratch.home, ".ai-orch");
  const runFile = (id: string, file: string) =>
    join(workspace, "runs", id, file);

  const spawn = (args: string[], call: CallOptions = {}) =>
    new Deno.Command(program, {
      args: [...prefix, ...args],
      cwd: call.cwd ?? repository.dir,
      env: { ...env, ...call.env },
      clearEnv: true,
      stdin: call.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const agentctl = async (args: string[], call: CallOptions = {}) => {
    const what = `the end of agentctl ${args.join(" ").slice(0, 200)}`;
    const time = { within: call.withinMs ?? CALL_MS };
    const callEnv = { ...env, ...call.env };
    // Debug lines are a program's, from its first step on.
    const inProcess = options.binary === undefined && !call.ownProcess &&
      IN_PROCESS.has(args[0] ?? "") &&
      callEnv["AGENTCTL_DEBUG"] === undefined;
    if (inProcess) {
      const caller = {
        cwd: call.cwd ?? repository.dir,
        env: callEnv,
        program: { argv: [program, ...prefix], env: ["DENO_DIR"] },
      };
      return await within(what, callCli(args, caller, call.stdin), time);
    }
    const child = spawn(args, call);
    const output = child.output();
    if (call.stdin !== undefined) await feed(child.stdin, call.stdin);
    const { code, stdout, stderr } = await within(what, output, time)
      .catch((error) => {
        child.kill("SIGKILL");
        throw error;
      });
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  };
  const json = async (...args: string[]) => {
    const output = await agentctl(args);
    if (output.stdout === "") {
      throw new Error(`agentctl ${args.join(" ")}: ${output.stderr}`);
    }
    return { record: JSON.parse(output.stdout), code: output.code };
  };
  return {
    scratch,
    repository,
    workspace,
    env,
    command: [program, ...prefix],
    agentctl,
    spawn,
    async start(prompt, ...words) {
      const output = await agentctl(["start", ...words, "--prompt", prompt]);
      if (output.code !== 0) {
        throw new Error(`agentctl start: ${output.stderr}`);
      }
      return output.stdout.trim();
    },
    async wait(id) {
      const waited = await json("wait", id, "--timeout", "2m", "--full");
      await until("what follows the ends is done", () => areSettled(workspace));
      return waited;
    },
    show: async (id) => (await json("show", id, "--full")).record,
    async fleet() {
      const caller = { cwd: repository.dir, env };
      return { workspace: await openWorkspace(caller, undefined), caller };
    },
    runFile,
    async waitForFile(id, file, text) {
      const path = runFile(id, file);
      await until(
        `${file} of run ${id} holds "${text}"`,
        async (see) =>
          see(await Deno.readTextFile(path).catch(() => "")).includes(text),
        { watch: runFile(id, ".") },
      );
    },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

/** Whether no run that has ended still has its slot. */
async function areSettled(workspace: string): Promise<boolean> {
  for (const { name } of await entriesIn(join(workspace, "active"))) {
    const path = join(workspace, "runs", name, "meta.json");
    const record = await Deno.readTextFile(path).catch(() => "");
    if (record.includes('"ended_at":')) return false;
  }
  return true;
}

async function feed(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  data: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    );
    await writer.close();
  } catch (error) {
    // A program that refuses its arguments does not read.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** A prompt for the stand-in: its steps, one for each line. */
export function steps(
  title: string,
  ...list: Record<string, unknown>[]
): string {
  return [title, ...list.map((step) => `stand-in: ${JSON.stringify(step)}`)]
    .join("\n");
}

/** The last step of the stand-in. */
export function resultStep(
  goal_met: boolean,
  summary: string,
  followup_prompt = "",
): Record<string, unknown> {
  return { result: { goal_met, summary, followup_prompt, notes: "" } };
}
