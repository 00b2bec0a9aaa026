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
};

function outsideOf(path: string): string {
  const root = path.slice(0, path.indexOf("/.ai-orch/") + "/.ai-orch".length);
  return join(dirname(root), "outside");
}

/** Kind and content of what is at a path, for comparing. */
export async function stateOf(path: string): Promise<string> {
  const info = await Deno.lstat(path);
  if (info.isSymlink) return `link to ${await Deno.readLink(path)}`;
  if (!info.isDirectory) return `file ${(await Deno.readFile(path)).toHex()}`;
  const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  return `folder of ${names.join(" ")}`;
}
