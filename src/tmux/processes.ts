import { runShell, shellQuote } from "./shell.ts";
import type { TmuxServer } from "./server.ts";

/**
 * Ends every process that has `mark` (`NAME=value`) in its environment: asked
 * first, made to after half a second. Finds what a worker left behind even in
 * sessions of its own, whose parent is long gone.
 *
 * Linux shows the environment of each process in /proc; elsewhere `ps -E` does.
 */
export async function endMarkedProcesses(
  server: TmuxServer,
  mark: string,
): Promise<void> {
  await runShell(server, `mark=${shellQuote(mark)}\n${END_MARKED}`);
}

/** Kills one process outright; for a supervisor that does not answer. */
export async function killProcess(
  server: TmuxServer,
  pid: number,
): Promise<void> {
  await runShell(server, `kill -KILL ${Math.trunc(pid)}`);
}

const END_MARKED = `
find_marked() {
  if [ -r /proc/self/environ ]; then
    grep -lszxF -- "$mark" /proc/[0-9]*/environ | cut -d/ -f3
  else
    ps -axEww -o pid=,command= | grep -F -- " $mark" | grep -v grep | awk '{print $1}'
  fi
}
pids=$(find_marked)
[ -n "$pids" ] || exit 0
kill -TERM $pids
tries=0
while [ $tries -lt 25 ] && pids=$(find_marked) && [ -n "$pids" ]; do
  tries=$((tries + 1))
  [ $tries -gt 5 ] && kill -KILL $pids
  sleep 0.1
done`;
