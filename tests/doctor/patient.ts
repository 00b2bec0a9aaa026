import { walk } from "@std/fs";
import { dirname, join, relative } from "@std/path";
import type { RunRecord } from "../../src/run/record.ts";
import { type CallOptions, makeStage, type Stage } from "../support/stage.ts";

/** What `doctor --json` prints of one check. */
export interface ShownFinding {
  check: string;
  state: string;
  message: string;
  remedy: string | null;
}

/** A stage on which the doctor finds nothing, for a test to break. */
export interface Patient extends AsyncDisposable {
  stage: Stage;
  /** Runs `agentctl doctor --json`; as a program of its own, it has no more permissions than the binary. */
  doctor(
    options?: string[],
    env?: Record<string, string>,
    call?: Pick<CallOptions, "ownProcess">,
  ): Promise<{ code: number; findings: ShownFinding[]; stderr: string }>;
  /** Puts a shell script before all other programs of that name. */
  program(name: string, script: string): Promise<void>;
  /** Leaves only these programs of the system on PATH, and what is in the stage's own folder. */
  only(...programs: string[]): Promise<void>;
  /** Writes a file of the workspace, as it would be written. */
  write(path: string, text: string): Promise<string>;
  /** Writes the record of a run. */
  record(record: RunRecord): Promise<void>;
  /** Contents, permissions and times of all that doctor could write to. */
  fingerprint(): Promise<Record<string, string>>;
}

const CODEX = `case "$*" in
  --version) echo "codex-cli 0.169.0" ;;
  "exec --help") cat "$FAKE_HELP/0.169.0_exec.txt" ;;
  "exec resume --help") cat "$FAKE_HELP/0.169.0_resume.txt" ;;
  sandbox*) echo guarded ;;
  "login status") echo "Logged in using ChatGPT" >&2 ;;
  *) exit 2 ;;
esac`;

/** A script that ends when it is asked to, and not before. */
export const HANGS = "exec tail -f /dev/null";

/** As an ordinary Codex, but for a few lines that go before its own. */
export function codexScript(before = ""): string {
  const help = new URL("../codex/help", import.meta.url).pathname;
  return `FAKE_HELP='${help}'\n${before}\n${CODEX}`;
}

/** Makes a healthy stage: all programs, a workspace, profiles. */
export async function makePatient(): Promise<Patient> {
  const stage = await makeStage();
  const { scratch, env, workspace } = stage;
  const codexHome = env["CODEX_HOME"] ?? "";
  let hangs = false;
  const program = async (name: string, script: string) => {
    hangs ||= script.includes(HANGS);
    const path = join(scratch.bin, name);
    await Deno.remove(path).catch(() => {});
    await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  };
  const write = async (path: string, text: string) => {
    const full = join(workspace, path);
    await Deno.mkdir(dirname(full), { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(full, text, { mode: 0o600 });
    return full;
  };
  await program("codex", codexScript());
  await program("claude", "exit 1");
  for (const name of ["spark", "deep", "review"]) {
    await Deno.writeTextFile(join(codexHome, `${name}.config.toml`), "");
  }
  await stage.agentctl(["init", scratch.home]);
  return {
    stage,
    program,
    write,
    async doctor(options = [], env = {}, call = {}) {
      for (let triesLeft = 5;; triesLeft--) {
        const output = await stage.agentctl(["doctor", "--json", ...options], {
          ...call,
          env,
        });
        const { code, stdout, stderr } = output;
        if (stdout === "") throw new Error(`doctor says: ${stderr}`);
        const findings: ShownFinding[] = JSON.parse(stdout);
        // On a busy machine a healthy program may be too slow as well.
        const isBusy = !options.includes("--fix") && !hangs &&
          findings.some(({ message }) => message.includes("did not answer"));
        if (!isBusy || triesLeft === 0) return { code, findings, stderr };
      }
    },
    async only(...programs) {
      const folder = join(scratch.dir, "only");
      await Deno.remove(folder, { recursive: true }).catch(() => {});
      await Deno.mkdir(folder);
      for (const name of ["sh", "cat", "df", "id", "rm", ...programs]) {
        const path = await systemProgram(name);
        if (path !== null) await Deno.symlink(path, join(folder, name));
      }
      for (const name of ["tmux", "git"]) {
        if (programs.includes(name)) continue;
        await Deno.remove(join(scratch.bin, name)).catch(() => {});
      }
      env["PATH"] = `${scratch.bin}:${folder}`;
    },
    async record(record) {
      const path = join("runs", record.run_id, "meta.json");
      await write(path, JSON.stringify(record));
    },
    async fingerprint() {
      const found: Record<string, string> = {};
      for (const root of [scratch.home, codexHome, stage.repository.dir]) {
        for await (const { path, isFile } of walk(root)) {
          const { mode, mtime } = await Deno.lstat(path);
          const text = isFile ? await Deno.readTextFile(path) : "";
          found[relative(scratch.dir, path)] =
            `${mode} ${mtime?.getTime()} ${text}`;
        }
      }
      return found;
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

/** Where the system has a program; `null` if it has none. */
export async function systemProgram(
  name: string,
): Promise<string | null> {
  for (const path of [`/usr/bin/${name}`, `/bin/${name}`]) {
    if (await Deno.stat(path).catch(() => null)) return path;
  }
  return null;
}

/** The findings of one check; `state message → remedy` of each. */
export function said(
  findings: readonly ShownFinding[],
  check: string,
): string[] {
  return findings.filter((finding) => finding.check === check).map((
    { state, message, remedy },
  ) =>
    remedy === null ? `${state} ${message}` : `${state} ${message} → ${remedy}`
  );
}

/** All that is not well, as {@linkcode said}, with the names of the checks. */
export function complaints(findings: readonly ShownFinding[]): string[] {
  return findings.filter(({ state }) => state !== "ok").map((finding) =>
    `${finding.check}: ${said([finding], finding.check)[0]}`
  );
}
