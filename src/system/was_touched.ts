/**
 * Whether a file was written, moved or otherwise changed since a time, in
 * milliseconds since 1970. A worker can set back one of a file's times; the
 * other is known only to the second.
 */
export function wasTouched(
  { ctime, mtime }: Deno.FileInfo,
  since: number,
): boolean {
  const written = mtime?.getTime() ?? since;
  if (written >= since) return true;
  const second = (time: number) => Math.floor(time / 1000);
  const changed = second(ctime?.getTime() ?? written);
  return changed > second(since) ||
    changed === second(since) && second(written) < changed;
}
