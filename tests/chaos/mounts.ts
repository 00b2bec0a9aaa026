import type { Round } from "./round.ts";

/** Why no small disk can be mounted here; `null` if one can. */
export async function mountObstacle(): Promise<string | null> {
  const folder = await Deno.makeTempDir({ prefix: "agentctl-chaos-" });
  try {
    if (!await succeeds("mount", ...tmpfs("64k"), folder)) {
      return "no tmpfs can be mounted here";
    }
    await succeeds("umount", folder);
    return null;
  } finally {
    await Deno.remove(folder);
  }
}

/** Puts the workspace of a round on a disk of its own. */
export async function mountWorkspace(
  round: Round,
  size: string,
): Promise<void> {
  const folder = round.stage.workspace;
  await Deno.mkdir(folder, { mode: 0o700 });
  if (!await succeeds("mount", ...tmpfs(size), folder)) {
    throw new Error(`Cannot mount a tmpfs at "${folder}"`);
  }
  round.onEnd(() => succeeds("umount", "--lazy", folder));
}

/** Fills the disk of the workspace to the last byte. */
export async function fillDisk({ stage }: Round): Promise<void> {
  using file = await Deno.open(`${stage.workspace}/filler`, {
    append: true,
    create: true,
  });
  for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (let written = 1; written > 0;) {
        written = await file.write(new Uint8Array(size));
      }
    } catch {
      // A smaller piece may still fit.
    }
  }
}

/** Makes the room again that {@linkcode fillDisk} took. */
export async function freeDisk({ stage }: Round): Promise<void> {
  await Deno.remove(`${stage.workspace}/filler`);
}

/** Why nothing can be made read-only here; `null` if it can. */
export async function readOnlyObstacle(): Promise<string | null> {
  if (Deno.uid() !== 0) return null;
  const folder = await Deno.makeTempDir({ prefix: "agentctl-chaos-" });
  try {
    return await succeeds("chattr", "+i", folder)
      ? null
      : "root ignores modes, and chattr is not permitted here";
  } finally {
    await succeeds("chattr", "-i", folder);
    await Deno.remove(folder);
  }
}

/** Makes everything in the workspace read-only, or writable again. Root ignores modes but no `chattr`. */
export async function setReadOnly(
  { stage }: Round,
  readOnly: boolean,
): Promise<void> {
  const sign = readOnly ? "-" : "+";
  if (Deno.uid() !== 0) {
    await succeeds("chmod", "-R", `u${sign}w`, stage.workspace);
  } else {
    await succeeds("chattr", "-R", readOnly ? "+i" : "-i", stage.workspace);
  }
}

function tmpfs(size: string): string[] {
  return ["-t", "tmpfs", "-o", `size=${size}`, "none"];
}

async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(program, {
      args,
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success;
  } catch {
    return false;
  }
}
