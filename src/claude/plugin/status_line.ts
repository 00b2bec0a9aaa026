import { shellCommand } from "../../system/shell.ts";
import type { Program } from "../hooks/hooks.ts";

/** How often Claude Code calls the script if nothing happens in the session, in seconds. */
const REFRESHED_EVERY_S = 5;

/** The folders of a state that change with what the line says. */
const TOLD_BY = ["active", "queue", "seen", "seen_by_sessions"];

/** The name of the script. */
export const STATUS_LINE_FILE = "status_line.sh";

/** The status line in the settings of Claude Code. */
export function statusLine(script: string): object {
  return {
    type: "command",
    command: shellCommand(["/bin/sh", script]),
    refreshInterval: REFRESHED_EVERY_S,
  };
}

/**
 * The script that Claude Code calls for its status line, several times a
 * minute. It keeps the line of each session in a file, below the folder of the
 * state that it is about and above those of its runs' questions, and asks agentctl
 * again only if a run has begun, asked, been answered, ended or been read there
 * since agentctl last looked, which is the time of the file.
 */
export function statusLineScript(program: Program): string {
  return `#!/bin/sh
session=\${CLAUDE_CODE_SESSION_ID:-}
case $session in '' | *[!0-9A-Za-z-]*) exit 0 ;; esac
[ -d "$HOME/.ai-orch" ] || exit 0
kept=$HOME/.ai-orch/status_lines/$session
ask() { exec ${shellCommand([...program, "_status_line"])} "$kept"; }
is_old() { [ -e "$1" ] && ! [ "$kept" -nt "$1" ]; }
{ IFS= read -r state && IFS= read -r line; } 2>/dev/null < "$kept" || ask
for folder in ${TOLD_BY.join(" ")}; do
  if is_old "$state/$folder"; then ask; fi
done
while IFS= read -r folder; do
  case $folder in */questions) if is_old "$folder"; then ask; fi ;; esac
done < "$kept"
[ -z "$line" ] || printf '%s\\n' "$line"
`;
}
