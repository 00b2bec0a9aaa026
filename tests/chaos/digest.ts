import { walk } from "@std/fs";

/** One word for the names and contents of all files at the paths; a path that is missing counts as missing. */
export async function digestOf(...paths: string[]): Promise<string> {
  const lines: string[] = [];
  for (const path of paths) {
    const info = await Deno.lstat(path).catch(() => null);
    if (info === null) lines.push(`${path} missing`);
    else if (info.isDirectory) {
      for await (const entry of walk(path, { includeDirs: false })) {
        lines.push(`${entry.path} ${await digestOfFile(entry.path)}`);
      }
    } else lines.push(`${path} ${await digestOfFile(path)}`);
  }
  return lines.sort().join("\n");
}

async function digestOfFile(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
