import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { diagnose } from "../../src/doctor/diagnose.ts";
import { callCli } from "../cli/call_cli.ts";
import {
  codexScript,
  complaints,
  makePatient,
  type Patient,
} from "./patient.ts";

/** Something that is wrong, or merely looks so. */
interface Case {
  name: string;
  /** What a complaint of doctor must say; none where a run starts all the same. */
  says?: RegExp;
  /** What a warning must say. */
  warns?: RegExp;
  env?: Record<string, string>;
  cwd?: string;
  /** Breaks it, and returns what mends it. */
  apply?(patient: Patient): Promise<() => Promise<unknown>>;
}

/** A file that is there for one case, with what was there before kept. */
async function withFile(path: string, text: string) {
  const before = await Deno.readTextFile(path).catch(() => null);
  await Deno.writeTextFile(path, text);
  return () =>
    before === null ? Deno.remove(path) : Deno.writeTextFile(path, before);
}

const home = ({ stage }: Patient) => stage.scratch.home;
const tmuxConf = (patient: Patient, text: string) =>
  withFile(join(home(patient), ".tmux.conf"), text);
const settings = (patient: Patient, text: string) =>
  withFile(join(patient.stage.workspace, "config.jsonc"), text);
const codexFile = ({ stage }: Patient, name: string, text: string) =>
  withFile(join(stage.env["CODEX_HOME"] ?? "", name), text);

async function program(patient: Patient, name: string, script: string) {
  const path = join(patient.stage.scratch.bin, name);
  const before = await Deno.readTextFile(path).catch(() => null);
  await patient.program(name, script);
  return () =>
    before === null ? Deno.remove(path) : Deno.writeTextFile(path, before);
}

/** PATH without one program of the system. */
async function without(patient: Patient, name: string) {
  const { env } = patient.stage;
  const path = env["PATH"];
  await patient.only(...["tmux", "git"].filter((other) => other !== name));
  return () => Promise.resolve(env["PATH"] = path ?? "");
}

const CASES: Case[] = [
  {
    name: "tmux is missing",
    says: /tmux is not on PATH/,
    apply: (patient) => without(patient, "tmux"),
  },
  {
    name: "git is missing",
    says: /git is not on PATH/,
    apply: (patient) => without(patient, "git"),
  },
  {
    name: "tmux is too old",
    says: /tmux 2\.9a.* is too old/,
    apply: (patient) =>
      program(
        patient,
        "tmux",
        '[ "$1" = -V ] && echo tmux 2.9a && exit; echo "unknown flag -e" >&2; exit 1',
      ),
  },
  {
    name: "the tmux server is of another version",
    says: /protocol version mismatch/,
    apply: (patient) =>
      program(
        patient,
        "tmux",
        '[ "$1" = -V ] && echo tmux 3.3a && exit; echo "protocol version mismatch (client 8, server 7)" >&2; exit 1',
      ),
  },
  {
    name: "others may write the folder of tmux's sockets",
    says: /tmux\.pane.*unsafe permissions/,
    async apply({ stage }) {
      const folder = join(stage.env["TMUX_TMPDIR"] ?? "", `tmux-${Deno.uid()}`);
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      await Deno.chmod(folder, 0o777);
      return () => Deno.chmod(folder, 0o700);
    },
  },
  {
    name: "the folder of the configured socket does not exist",
    says: /tmux\.pane.*none/,
    apply: (patient) =>
      settings(patient, '{ "tmux_socket": "/proc/none/socket" }'),
  },
  {
    name: "TMUX names a server whose folder is gone",
    says: /tmux\.pane.*nowhere/,
    env: { TMUX: "/nowhere/socket,1,0", TMUX_PANE: "%0" },
  },
  {
    name: "TMUX is not a path",
    says: /Cannot use TMUX/,
    env: { TMUX: "socket,1,0" },
  },
  {
    name: "a hook closes each new session",
    says: /tmux\.pane.*hook/,
    apply: (patient) =>
      tmuxConf(patient, "set-hook -g after-new-session kill-session\n"),
  },
  {
    name: "a tmux.conf ends the server",
    says: /tmux\.pane.*(closes|exited)/,
    apply: (patient) => tmuxConf(patient, "kill-server\n"),
  },
  {
    name: "Codex is missing",
    says: /codex is not on PATH/,
    async apply({ stage }) {
      const path = join(stage.scratch.bin, "codex");
      await Deno.rename(path, `${path}.away`);
      return () => Deno.rename(`${path}.away`, path);
    },
  },
  {
    name: "Codex does not run",
    says: /cannot find native module/,
    apply: (patient) =>
      program(patient, "codex", 'echo "cannot find native module" >&2; exit 1'),
  },
  {
    name: "Codex has no exec",
    says: /has no "codex exec"/,
    apply: (patient) =>
      program(
        patient,
        "codex",
        '[ "$1" = --version ] && echo codex-cli 0.1.0 && exit; exit 2',
      ),
  },
  {
    name: "Codex is not logged in",
    says: /^codex\.login: problem Codex is not logged in → [^\n]*$/,
    apply: (patient) =>
      program(
        patient,
        "codex",
        codexScript(
          '[ "$1" = login ] && { echo "Not logged in" >&2; exit 1; }',
        ),
      ),
  },
  {
    name: "the default profile does not exist",
    says: /runs\.start.*no profile "nope"/,
    apply: (patient) => settings(patient, '{ "default_profile": "nope" }'),
  },
  {
    name: "the default profile is broken",
    says: /mine/,
    async apply(patient) {
      const mend = [
        await settings(patient, '{ "default_profile": "mine" }'),
        await codexFile(patient, "mine.config.toml", "x = [\n"),
      ];
      return () => Promise.all(mend.map((step) => step()));
    },
  },
  {
    name: "Codex's config is broken, and the default profile needs it",
    says: /config\.toml/,
    async apply(patient) {
      const mend = [
        await settings(patient, '{ "default_profile": "deep" }'),
        await codexFile(patient, "config.toml", "x = [\n"),
      ];
      return () => Promise.all(mend.map((step) => step()));
    },
  },
  {
    name: "the settings cannot be read",
    says: /workspace\.config/,
    apply: (patient) => settings(patient, "{ nonsense"),
  },
  {
    name: "a setting has an impossible value",
    says: /default_timeout/,
    apply: (patient) => settings(patient, '{ "default_timeout": "soon" }'),
  },
  {
    name: "the folder of the runs is a file",
    says: /runs" is not a folder/,
    async apply({ stage }) {
      const path = join(stage.workspace, "runs");
      await Deno.remove(path, { recursive: true }).catch(() => {});
      await Deno.writeTextFile(path, "");
      return () => Deno.remove(path);
    },
  },
  {
    name: "a folder is where a lock has to be",
    says: /layout\.lock" is not a file that you can write/,
    async apply({ stage }) {
      const path = join(stage.workspace, "layout.lock");
      await Deno.remove(path).catch(() => {});
      await Deno.mkdir(path, { mode: 0o700 });
      return () => Deno.remove(path);
    },
  },
  {
    name: "the workspace is where nothing can be written",
    says: /workspace\.writable.*passwd/,
    env: { AI_ORCH_HOME: "/etc/passwd/orch" },
  },
  {
    name: "the disk of the workspace is read-only",
    says: /workspace\.writable: problem .* that you can write/,
    env: { AI_ORCH_HOME: "/proc/sys/orch" },
  },
  {
    name: "Codex's folder is read-only",
    says: /workspace\.codex: problem Codex cannot write/,
    env: { CODEX_HOME: "/proc/sys" },
  },
  {
    name: "the current folder is gone",
    says: /runs\.start.*gone/,
    cwd: "/tmp/agentctl-gone",
  },
];

/** What looks bad and is none of start's trouble. */
const HARMLESS: Case[] = [
  { name: "all is well" },
  {
    name: "TMPDIR does not exist",
    warns: /workspace\.tmpdir: warning .*nowhere.* so workers use \/tmp/,
    env: { TMPDIR: "/nowhere/tmp" },
  },
  {
    name: "tmux has no shell to start, and ends what nobody is attached to",
    apply: (patient) =>
      tmuxConf(
        patient,
        "set -g default-shell /bin/false\nset -g destroy-unattached on\nset -s exit-unattached on\n",
      ),
  },
];

Deno.test("doctor names whatever keeps start from starting, and nothing else", async () => {
  await using patient = await makePatient();
  const { stage } = patient;
  for (const example of [...CASES, ...HARMLESS]) {
    const { name, says, warns, env = {}, cwd, apply } = example;
    const mend = await apply?.(patient);
    const caller = {
      cwd: cwd ?? stage.repository.dir,
      env: { ...stage.env, ...env },
    };
    const findings = await diagnose({ caller, mayWrite: false });
    const problems = complaints(
      findings.map((finding) => ({ ...finding })).filter(({ state }) =>
        state === "problem"
      ),
    ).join("\n");
    const started = await callCli(["start", "--prompt", "x"], caller);
    if (warns !== undefined) {
      const all = complaints(findings.map((finding) => ({ ...finding })));
      assertMatch(all.join("\n"), warns, name);
    }
    if (says === undefined) {
      assertEquals([problems, started.code], ["", 0], name + started.stderr);
    } else {
      // A pane that is closed later is no longer the start's to tell.
      const status = started.code === 0
        ? (await stage.wait(started.stdout.trim())).record["status"]
        : "failed";
      assertEquals(status, "failed", name);
      assertMatch(problems, says, `${name}: ${started.stderr}`);
    }
    await mend?.();
  }
});
