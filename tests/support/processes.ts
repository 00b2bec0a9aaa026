/** Whether a process is there and has not ended; by `ps`, which every system has. */
export async function isAlive(pid: number): Promise<boolean> {
  const state = (await ps("-o", "stat=", "-p", String(pid))).trim();
  return state !== "" && !state.startsWith("Z");
}

/** The command lines of all processes, or other columns of `ps`. */
export async function commandLines(columns = "args="): Promise<string[]> {
  return (await ps("-A", "-ww", "-o", columns)).split("\n");
}

async function ps(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("ps", { args }).output();
  return new TextDecoder().decode(stdout);
}

/** Kills a process, if it has not ended, and waits until it is gone. */
export async function endChild(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  await child.status;
}
