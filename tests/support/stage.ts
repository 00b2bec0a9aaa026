import { join } from "@std/path";
import { callCli } from "../cli/call_cli.ts";
import { standInLauncher } from "../../src/stand_in/launcher.ts";
import { type GitRepository, makeGitRepository } from "./git_repository.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { makeCodexHome } from "./codex_home.ts";
import { bundledProgram } from "./bundled_program.ts";
import { ensureCodex, ensureTmux } from "./tools.ts";
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
}

/** A home, a repository, a workspace and a worker, for one test. */
export interface Stage extends AsyncDisposable {
  scratch: Scratch;
  repository: GitRepository;
  /** The `.ai-orch` folder. */
  workspace: string;
  env: Record<string, string>;
  /** Runs agentctl to its end, in the repository unless told. */
  agentctl(args: string[], options?: CallOptions): Promise<CallOutput>;
  /** Starts agentctl and leaves it running. */
  spawn(args: string[], options?: CallOptions): Deno.ChildProcess;
  /** Starts a run and returns its id; throws what agentctl said if it did not start. */
  start(prompt: string, ...options: string[]): Promise<string>;
  /** Waits for a run and returns its record and the exit code of `wait`. */
  wait(id: string): Promise<{ record: Record<string, unknown>; code: number }>;
  /** The record as `show` prints it now. */
  show(id: string): Promise<Record<string, unknown>>;
  /** Resolves when a file of the run contains the text; for what a worker does meanwhile. */
  waitForFile(id: string, file: string, text: string): Promise<void>;
  /** Path of a file of a run. */
  runFile(id: string, file: string): string;
}

export interface StageOptions {
  /** The model server behind the real Codex; without it, the worker is the stand-in. */
  modelServer?: { url: string };
  /** The compiled binary to call instead of the bundled program. */
  binary?: string;
  /** Where all of it lies; without it, in the temporary folder, where any worker may write. */
  dir?: string;
}

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
    env["PATH"] = `${await ensureCodex()}:${env["PATH"]}`;
    await makeCodexHome(env["CODEX_HOME"] ?? "", options.modelServer.url);
  } else {
    const launcher = standInLauncher([program, ...prefix]);
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
    const child = spawn(args, call);
    const output = child.output();
    if (call.stdin !== undefined) await feed(child.stdin, call.stdin);
    const { code, stdout, stderr } = await within(
      `the end of agentctl ${args.join(" ").slice(0, 200)}`,
      output,
      { within: call.withinMs ?? CALL_MS },
    ).catch((error) => {
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
  /** In this process, because most tests ask so, and a program of its own takes ten times the time. */
  const ask = (args: string[]) =>
    within(
      `the end of agentctl ${args.join(" ")}`,
      callCli(args, { cwd: repository.dir, env: { ...env } }),
      { within: CALL_MS },
    );
  const json = async (...args: string[]) => {
    const output = await (options.binary ? agentctl(args) : ask(args));
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
    agentctl,
    spawn,
    async start(prompt, ...words) {
      const output = await agentctl(["start", ...words], { stdin: prompt });
      if (output.code !== 0) {
        throw new Error(`agentctl start: ${output.stderr}`);
      }
      return output.stdout.trim();
    },
    wait: (id) => json("wait", id, "--timeout", "60s", "--full"),
    show: async (id) => (await json("show", id, "--full")).record,
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
