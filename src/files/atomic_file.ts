import { cannot } from "../system/errors.ts";
import { basename, dirname, join } from "@std/path";
import { toBytes, writeAll } from "../system/write_all.ts";
import { removeQuietly } from "./remove_quietly.ts";

export interface WriteOptions {
  /** Permission bits of the file; 0600 by default. */
  mode?: number;
  /** Whether to wait until it is on the disk. Otherwise only the order of writes is guaranteed. */
  durable?: boolean;
}

let counter = 0;

/**
 * Replaces a file as a whole: readers see either the old content or the new,
 * never a part. On failure (a full disk, say) the old content stays, and an
 * `environment` error names the file.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${Deno.pid}-${counter++}-${
      crypto.randomUUID().slice(0, 8)
    }.tmp`,
  );
  try {
    using file = await Deno.open(temporary, {
      write: true,
      createNew: true,
      mode: options.mode ?? 0o600,
    });
    await writeAll(file, toBytes(data));
    if (options.durable ?? true) await file.syncData();
    await Deno.rename(temporary, path);
  } catch (error) {
    await removeQuietly(temporary);
    throw cannot(`write "${path}"`, error);
  }
}

/** Like {@linkcode writeFileAtomic}, for a value as indented JSON. */
export async function writeJsonAtomic(
  path: string,
  value: unknown,
  options?: WriteOptions,
): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(value, null, 2) + "\n", options);
}
