import { dirname, join } from "@std/path";
import type { Random } from "../chaos/random.ts";

/** What can become of a file. The dangling link points to `outside`, beside the workspace. */
export const DAMAGES: Record<
  string,
  (path: string, random: Random) => Promise<void>
> = {
  async truncated(path) {
    const { size } = await Deno.stat(path);
    await Deno.truncate(path, Math.floor(size / 2));
  },
  emptied: (path) => Deno.truncate(path),
  "an array": (path) => Deno.writeTextFile(path, "[]"),
  null: (path) => Deno.writeTextFile(path, "null"),
  "random bytes": (path, random) => Deno.writeFile(path, random.bytes(700)),
  async "a folder"(path) {
    await Deno.remove(path);
    await Deno.mkdir(join(path, "inside"), { recursive: true });
  },
  async "a dangling link"(path) {
    await Deno.remove(path);
    await Deno.symlink(outsideOf(path), path);
  },
  async "a socket"(path) {
    await Deno.remove(path);
    // The address of a socket is short; renamed, it stays one.
    const place = `/tmp/agentctl-${crypto.randomUUID().slice(0, 8)}`;
    using _listener = Deno.listen({ transport: "unix", path: place });
    await Deno.rename(place, path);
  },
  "a terabyte of nothing": (path) => Deno.truncate(path, 2 ** 40),
};

function outsideOf(path: string): string {
  const root = path.slice(0, path.indexOf("/.ai-orch/") + "/.ai-orch".length);
  return join(dirname(root), "outside");
}

/** Kind and content of what is at a path, for comparing. */
export async function stateOf(path: string): Promise<string> {
  const info = await Deno.lstat(path);
  if (info.isSymlink) return `link to ${await Deno.readLink(path)}`;
  if (info.isSocket) return "socket";
  if (info.size > 2 ** 30) return `file of ${info.size} bytes`;
  if (!info.isDirectory) return `file ${(await Deno.readFile(path)).toHex()}`;
  const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  return `folder of ${names.join(" ")}`;
}
