import { dirname, join } from "@std/path";
import { blobId, type TemporaryRepository } from "./temporary_repository.ts";

/** What git calls the files of the work tree, and their content, read without git's help: `path` → `mode id`. */
export async function readFiles(
  repository: TemporaryRepository,
  root: string,
  folder: string,
): Promise<Record<string, string>> {
  const listing = await repository.git(
    [
      "ls-files",
      "--cached",
      "--others",
      "--exclude-standard",
      "-z",
      "--full-name",
      "--",
      folder,
    ],
    { cwd: root },
  );
  const files: Record<string, string> = {};
  for (const path of new Set(listing.split("\0"))) {
    const info = path === ""
      ? null
      : await Deno.lstat(join(root, path)).catch(() => null);
    if (info === null || info.isDirectory || await isBeyondLink(root, path)) {
      continue;
    }
    const bytes = info.isSymlink
      ? new TextEncoder().encode(await Deno.readLink(join(root, path)))
      : await Deno.readFile(join(root, path));
    const mode = info.isSymlink
      ? "120000"
      : (info.mode ?? 0) & 0o100
      ? "100755"
      : "100644";
    files[path] = `${mode} ${await blobId(bytes)}`;
  }
  return files;
}

async function isBeyondLink(root: string, path: string): Promise<boolean> {
  const parent = dirname(join(root, path));
  return await Deno.realPath(parent) !== parent;
}
