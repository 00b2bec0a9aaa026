import { systemFirst } from "./search_path.ts";
import { runShell } from "./shell.ts";

type Environment = Record<string, string>;

/** The mark of a run's processes: `NAME=value` in their environment. */
export type ProcessMark = `${string}=${string}`;

/**
 * Ends every process that carries the mark, and all their children: first with a
 * request, after half a second by force. Finds what a worker left behind even in
 * separate sessions whose parent is long gone. Returns how many there were.
 */
export async function endMarkedProcesses(
  mark: ProcessMark,
  env: Environment,
): Promise<number> {
  const [count] = await ask(END, env, { AGENTCTL_MARK: mark });
  return Number(count) || 0;
}

/**
 * Seconds of processor time that the marked processes and their children have
 * used so far, not counting those that have ended.
 */
export async function markedCpuSeconds(
  mark: ProcessMark,
  env: Environment,
): Promise<number> {
  const lines = await ask("find_marked", env, { AGENTCTL_MARK: mark });
  return lines.map((line) => parseCpuTime(line.split(" ")[1] ?? ""))
    .reduce((sum, seconds) => sum + seconds, 0);
}

/** A process and everything that it has started, directly or indirectly, each with one variable of its environment if the system shows it. */
export async function processesBelow(
  pid: number,
  variable: string,
  env: Environment,
): Promise<{ pid: number; value: string }[]> {
  const lines = await ask(BELOW, env, {
    AGENTCTL_ROOT: String(Math.trunc(pid)),
    AGENTCTL_VARIABLE: variable,
  });
  return lines.flatMap((line) => {
    const match = /^(\d+) (.*)$/.exec(line);
    return match ? [{ pid: Number(match[1]), value: match[2] ?? "" }] : [];
  });
}

/** A process that another one has started, directly or indirectly. */
export interface Descendant {
  pid: number;
  parent: number;
  /** Seconds of processor time. */
  cpu: number;
  /** Bytes that it has read and written; 0 where the system does not say. */
  bytes: number;
  /** Its arguments, separated by spaces. */
  command: string;
}

/** Everything that a process has started, directly or indirectly, and that has not ended; with `end`, it is killed. */
export async function descendantsOf(
  pid: number,
  env: Environment,
  { end = false, signal }: { end?: boolean; signal?: AbortSignal } = {},
): Promise<Descendant[]> {
  const lines = await ask(DESCENDANTS, env, {
    AGENTCTL_ROOT: String(Math.trunc(pid)),
    AGENTCTL_END: end ? "1" : "",
  }, signal);
  return lines.flatMap((line) => {
    const [, pid, parent, cpu = "", bytes, command = ""] =
      /^(\d+) (\d+) (\S+) (\d+) (.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{
      pid: Number(pid),
      parent: Number(parent),
      cpu: parseCpuTime(cpu),
      bytes: Number(bytes),
      command: command.trim(),
    }];
  });
}

/** The processes that a process comes from, nearest first, as far as the system shows them. */
export async function ancestorsOf(
  pid: number,
  env: Environment,
): Promise<number[]> {
  const root = String(Math.trunc(pid));
  const lines = await ask(ABOVE, env, { AGENTCTL_ROOT: root });
  return lines.map(Number).filter((pid) => pid > 1);
}

/**
 * Kills the processes with these two arguments that have this file open, at once,
 * and returns how many there were. It never
 * trusts a recorded process id: by now that may belong to another process, or
 * may never have belonged to the right one.
 */
export async function killHolders(
  { command, argument, file }: Record<"command" | "argument" | "file", string>,
  env: Environment,
): Promise<number> {
  const killed = await ask(KILL_HOLDERS, env, {
    AGENTCTL_COMMAND: command,
    AGENTCTL_ARGUMENT: argument,
    AGENTCTL_FILE: file,
  });
  return killed.length;
}

/** Seconds, or what `ps -o time` prints: `[[days-]hours:]minutes:seconds[.hundredths]`. */
export function parseCpuTime(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return 0;
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = match;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 +
    Number(seconds);
}

/** Runs a script with the functions of {@linkcode FIND}, and returns the lines that it prints, without empty ones. */
async function ask(
  script: string,
  env: Environment,
  variables: Environment,
  signal?: AbortSignal,
): Promise<string[]> {
  const { stdout } = await runShell(FIND + script, {
    env: { PATH: env["PATH"] ?? systemFirst(), LC_ALL: "C", ...variables },
    path: systemFirst(env["PATH"]),
    signal,
  });
  return stdout.split("\n").filter((line) => line !== "");
}

/**
 * `find_marked` prints `pid cpu` of each process. Linux shows environments and
 * times in /proc, where even a bare system has them; elsewhere `ps` does. A
 * tool may clear its environment, so children count too. Zombies do not count.
 * The script's own processes carry the mark in a variable of another name.
 */
export const FIND = `
marked_pids() {
  if [ -r /proc/self/environ ]; then
    grep -lszxF -- "$AGENTCTL_MARK" /proc/[0-9]*/environ | cut -d/ -f3
  else
    ps -axEww -o pid=,command= | awk -v mark=" $AGENTCTL_MARK" 'index($0 " ", mark " ") && !index($0, "AGENTCTL_MARK=") { print $1 }'
  fi
}
process_table() {
  if [ -r /proc/self/stat ]; then
    cat /proc/[0-9]*/stat 2>/dev/null | awk '{ pid = $1; sub(/^.*\\) /, ""); print pid, $2, $1, ($12 + $13) / 100 }'
  else
    ps -axo pid=,ppid=,stat=,time=
  fi
}
find_marked() {
  { marked_pids; echo --; process_table; } 2>/dev/null | awk '
    $1 == "--" { table = 1; next }
    !table { marked[$1] = 1; next }
    $3 !~ /^Z/ { parent[$1] = $2; cpu[$1] = $4 }
    END {
      for (grown = 1; grown;) {
        grown = 0
        for (pid in parent) if (!(pid in marked) && parent[pid] in marked) { marked[pid] = 1; grown = 1 }
      }
      for (pid in marked) if (pid in parent) print pid, cpu[pid]
    }'
}
`;

/** `find_below` prints `pid parent cpu` of the root and everything below it. */
const FIND_BELOW = `
find_below() {
  process_table 2>/dev/null | awk -v root="$AGENTCTL_ROOT" '
    $3 !~ /^Z/ { parent[$1] = $2; cpu[$1] = $4 }
    END {
      below[root] = 1
      for (grown = 1; grown;) {
        grown = 0
        for (pid in parent) if (!(pid in below) && parent[pid] in below) { below[pid] = 1; grown = 1 }
      }
      for (pid in below) if (pid in parent) print pid, parent[pid], cpu[pid]
    }'
}
`;

/** Prints, and perhaps ends, everything below the root. */
export const DESCENDANTS = FIND_BELOW + `
found=
find_below | {
  while read -r pid parent cpu; do
    [ "$pid" != "$AGENTCTL_ROOT" ] || continue
    if [ -r "/proc/$pid/cmdline" ]; then command=$(tr '\\0\\n' '  ' < "/proc/$pid/cmdline")
    else command=$(ps -ww -o command= -p "$pid" | tr '\\n' ' '); fi
    bytes=$(awk '/^[rw]char:/ { sum += $2 } END { printf "%.0f", sum }' "/proc/$pid/io")
    printf '%s %s %s %s %s\\n' "$pid" "$parent" "$cpu" "\${bytes:-0}" "$command"
    found="$found $pid"
  done
  # At once: a script goes on when what it waits for ends.
  [ -z "$AGENTCTL_END" ] || [ -z "$found" ] || kill -KILL $found
} 2>/dev/null
exit 0
`;

/** Only /proc shows one variable of another process without guessing where it ends. */
const BELOW = FIND_BELOW + `
find_below | while read -r pid _; do
  value=$(tr '\\0' '\\n' 2>/dev/null < "/proc/$pid/environ" | sed -n "s/^$AGENTCTL_VARIABLE=//p" | head -n 1)
  printf '%s %s\\n' "$pid" "$value"
done 2>/dev/null
`;

const ABOVE = `
process_table 2>/dev/null | awk -v root="$AGENTCTL_ROOT" '
  { parent[$1] = $2 }
  END { for (pid = root; (pid in parent) && !seen[pid]++;) print pid = parent[pid] }'
`;

/** Asks the marked processes to end, and kills them after AGENTCTL_PATIENCE tenths of a second. */
export const END = `
pids() { find_marked | cut -d" " -f1; }
found=$(pids)
[ -n "$found" ] || { echo 0; exit 0; }
echo "$found" | wc -l
kill -TERM $found 2>/dev/null
tries=0
while [ $tries -lt 25 ]; do
  sleep 0.1
  found=$(pids)
  [ -n "$found" ] || exit 0
  tries=$((tries + 1))
  [ $tries -gt "\${AGENTCTL_PATIENCE:-4}" ] && kill -KILL $found 2>/dev/null
done
`;

/** Arguments are compared as a whole, or as `ps` prints them if /proc does not show them. */
const KILL_HOLDERS = `
holders() {
  if [ -r /proc/self/cmdline ]; then
    grep -lszxF -- "$AGENTCTL_ARGUMENT" /proc/[0-9]*/cmdline | cut -d/ -f3 | while read -r pid; do
      grep -qszxF -- "$AGENTCTL_COMMAND" "/proc/$pid/cmdline" || continue
      for open in "/proc/$pid/fd/"*; do
        if [ "$open" -ef "$AGENTCTL_FILE" ]; then echo "$pid"; break; fi
      done
    done
  else
    PATH="$PATH:/usr/sbin" lsof -t -- "$AGENTCTL_FILE" | while read -r pid; do
      case "$(ps -ww -o command= -p "$pid") " in
        *" $AGENTCTL_COMMAND $AGENTCTL_ARGUMENT "*) echo "$pid" ;;
      esac
    done
  fi
}
for pid in $(holders 2>/dev/null); do
  [ "$pid" -gt 1 ] && kill -KILL "$pid" 2>/dev/null && echo "$pid"
done
exit 0
`;
