/** A process, as `/proc` shows it. */
interface ProcessWords {
  pid: number;
  argv: string[];
  env: string[];
}

/** The processes of this machine that can be read. */
function listProcesses(): ProcessWords[] {
  const found: ProcessWords[] = [];
  for (const entry of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const argv = readWords(`/proc/${entry.name}/cmdline`);
    const env = readWords(`/proc/${entry.name}/environ`);
    if (argv.length + env.length > 0) {
      found.push({ pid: Number(entry.name), argv, env });
    }
  }
  return found;
}

function readWords(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\0").filter((word) =>
      word !== ""
    );
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

/** The supervisor of a run, by its command line; `null` if there is none. */
export function findSupervisor(id: string): number | null {
  return listProcesses().find((process) => isSupervisor(process, id))?.pid ??
    null;
}

/** The worker of a run, by the mark in its environment. */
export function findWorker(id: string): number | null {
  return listProcesses().find((process) =>
    isMarked(process, id) &&
    ["exec", "app-server"].some((word) => process.argv.includes(word))
  )?.pid ?? null;
}

/** Every process of a run: those with its mark, and its supervisor. */
export function processesOfRun(id: string): number[] {
  return listProcesses().filter((process) =>
    isMarked(process, id) || isSupervisor(process, id)
  ).map((process) => process.pid);
}

/** Every process that was started with this home, which is a round's own. */
export function processesAtHome(home: string): number[] {
  return listProcesses().filter((process) =>
    process.env.includes(`HOME=${home}`)
  ).map((process) => process.pid);
}

/** Numbers and command lines of processes, for a message. */
export function describe(pids: readonly number[]): string {
  return pids.map((pid) =>
    `${pid} (${readWords(`/proc/${pid}/cmdline`).join(" ").slice(-200)})`
  ).join(", ");
}

/** Sends a signal; a process that has ended is none of our concern. */
export function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function isMarked(process: ProcessWords, id: string): boolean {
  return process.env.includes(`AGENTCTL_RUN_ID=${id}`);
}

function isSupervisor(process: ProcessWords, id: string): boolean {
  // A tmux server that was started with a pane has that pane's words, too.
  const isTmux = /(^|\/)tmux$/.test(process.argv[0] ?? "");
  return !isTmux && process.argv.includes("_supervise") &&
    process.argv.includes(id);
}
