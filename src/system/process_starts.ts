import { systemFirst } from "./search_path.ts";
import { runShell } from "./shell.ts";

const STARTS = `
for pid in $AGENTCTL_PIDS; do
  if [ -r /proc/self/stat ]; then
    [ -r "/proc/$pid/stat" ] && echo "$pid $(sed 's/.*) //' "/proc/$pid/stat" | cut -d" " -f20)"
  elif kill -0 "$pid"; then echo "$pid "
  fi
done 2>/dev/null
exit 0
`;

/**
 * When processes were started, for those that exist: in ticks since the start of
 * the system, on Linux, and elsewhere an empty text.
 */
export async function startsOf(
  pids: readonly number[],
  env: Record<string, string>,
): Promise<Map<number, string>> {
  const { stdout } = await runShell(STARTS, {
    env: {
      PATH: env["PATH"] ?? systemFirst(),
      LC_ALL: "C",
      AGENTCTL_PIDS: pids.map((pid) => Math.trunc(pid)).join(" "),
    },
    path: systemFirst(env["PATH"]),
  });
  return new Map(
    stdout.split("\n").flatMap((line): [number, string][] => {
      const [, pid, ticks = ""] = /^(\d+) (\d*)$/.exec(line) ?? [];
      return pid === undefined ? [] : [[Number(pid), ticks]];
    }),
  );
}
