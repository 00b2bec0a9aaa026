import { writeFileAtomic } from "./atomic_file.ts";
import { exists } from "./exists.ts";

/** Replaces a file of the user as a whole, where a link points to, with the permissions it has. */
export async function replaceFile(path: string, text: string): Promise<void> {
  if (!await exists(path, Deno.stat)) return await writeFileAtomic(path, text);
  const target = await Deno.realPath(path);
  const mode = ((await Deno.stat(target)).mode ?? 0o600) & 0o777;
  await writeFileAtomic(target, text, { mode });
  // What the umask took away.
  await Deno.chmod(target, mode);
}

/** What goes between a text of the user and what is added at its end: an empty line. */
export function glueAfter(text: string): string {
  return text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
}
