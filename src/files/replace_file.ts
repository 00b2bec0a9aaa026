import { writeFileAtomic } from "./atomic_file.ts";
import { exists } from "./exists.ts";

/** Replaces one of the user's files as a whole, or the file that a link points to, and keeps its permissions. */
export async function replaceFile(path: string, text: string): Promise<void> {
  if (!await exists(path, Deno.stat)) return await writeFileAtomic(path, text);
  const target = await Deno.realPath(path);
  const mode = ((await Deno.stat(target)).mode ?? 0o600) & 0o777;
  await writeFileAtomic(target, text, { mode });
  // What the umask took away.
  await Deno.chmod(target, mode);
}

/** What separates the user's text from what is appended to it: an empty line. */
export function glueAfter(text: string): string {
  return text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
}
