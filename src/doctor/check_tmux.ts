import { tmuxEnvironment } from "../run/environment.ts";
import { runCommand } from "../system/command.ts";
import { runShell } from "../system/shell.ts";
import { askVersion } from "./ask_version.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem } from "./finding.ts";
import { ignored } from "../system/ignore.ts";

/** Checks tmux, and that it can make a pane, on a server of its own that nobody sees. */
export async function* checkTmux(
  { caller, signal }: Examination,
): AsyncGenerator<Finding> {
  const { TMUX: _, TMUX_PANE: __, ...env } = tmuxEnvironment(caller.env);
  const version = await askVersion({
    program: "tmux",
    argument: "-V",
    major: 3,
    minor: 0,
    lack: "cannot give a pane variables of its own (new-window -e)",
    env,
    signal,
  });
  yield version;
  if (version.state === "ok") yield await tryPane(env, signal);
}

/** Ends soon, and tmux with it, in case we never get around to ending them. */
const PANE_PROGRAM = [
  "/bin/sh",
  "-c",
  'PATH="$PATH:/usr/bin:/bin"; exec sleep 5',
];

async function tryPane(
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<Finding> {
  const name = `agentctl-doctor-${crypto.randomUUID().slice(0, 8)}`;
  const pane = ["-d", "-P", "-F", "#{pane_id}", "--", ...PANE_PROGRAM];
  // Without the user's settings, whose plugins might do things when tmux starts.
  const output = await runCommand("tmux", [
    ...["-u", "-L", name, "-f", "/dev/null"],
    ...["new-session", "-x", "80", "-y", "24", ...pane, ";"],
    ...["split-window", ...pane, ";"],
    // tmux leaves its socket behind, so this command removes it.
    "run-shell",
    'PATH="$PATH:/usr/bin:/bin" rm -f -- #{q:socket_path}',
    ";",
    "kill-server",
  ], { env, signal });
  const panes = output.stdout.split("\n").filter((line) => /^%\d+$/.test(line));
  if (panes.length === 2) return ok("tmux.pane", "tmux can make panes");
  await cleanUp(name, env, signal);
  const said = output.stderr.trim() || `exit code ${output.code}`;
  return problem(
    "tmux.pane",
    `tmux cannot make a pane: "${said}"`,
    'try "tmux new-session", and check the folder of its sockets (TMUX_TMPDIR, else /tmp)',
  );
}

async function cleanUp(
  name: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const script = `
tmux -L ${name} kill-server 2>/dev/null
for folder in "\${TMUX_TMPDIR:-/tmp}" /tmp; do
  rm -f -- "$folder/tmux-$(id -u)/${name}"
done`;
  await runShell(script, { env, signal }).catch(
    ignored("a socket of the check stays behind"),
  );
}
