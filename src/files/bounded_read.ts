import { environmentError, messageOf } from "../system/errors.ts";

/** What may be read of a file that somebody else may have put there. */
export interface ReadBounds {
  /** A file with more bytes is refused, and no more than this is ever held. */
  maxBytes: number;
  /** Whether a link at the end of the path is followed; without it, it is refused. */
  followLink?: boolean;
}

/** Common bounds, in bytes; a file beyond them is not what it is read as. */
export const MAX_BYTES = {
  /** A few lines, as of a request, a receipt or a mark. */
  note: 1 << 20,
  /** Settings, and lists that people or agentctl keep. */
  settings: 4 << 20,
  /** A text for a worker: Codex takes a million characters, of up to four bytes. */
  prompt: 8 << 20,
  /** A record or an answer, which may hold millions of characters. */
  record: 32 << 20,
} as const;

/**
 * Reads a plain file. What is none (a named pipe, on which opening would wait
 * for ever, a socket, a device, a folder) or is too long is refused with an
 * `Error` that says what it is; a missing file is a `Deno.errors.NotFound`.
 */
export async function readBounded(
  path: string,
  bounds: ReadBounds,
): Promise<Uint8Array<ArrayBuffer>> {
  using file = await openPlain(path, bounds);
  const { size } = await file.stat();
  if (size > bounds.maxBytes) throw tooLong(size, bounds);
  return await readUpTo(file, size, bounds);
}

/** As {@linkcode readBounded}, as text. */
export async function readTextBounded(
  path: string,
  bounds: ReadBounds,
): Promise<string> {
  return new TextDecoder().decode(await readBounded(path, bounds));
}

/**
 * As {@linkcode readTextBounded}; `null` if nothing is there. Throws an
 * `environment` error that names the file if it cannot be read.
 */
export async function readTextIfThere(
  path: string,
  bounds: ReadBounds,
): Promise<string | null> {
  try {
    return await readTextBounded(path, bounds);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw environmentError(`Cannot read "${path}": ${messageOf(error)}`, error);
  }
}

/** The first or the last bytes of a plain file, as text, however long the file is. */
export async function readPart(
  path: string,
  part: "first" | "last",
  bytes: number,
): Promise<string> {
  using file = await openPlain(path, {});
  const { size } = await file.stat();
  if (part === "last" && size > bytes) {
    await file.seek(size - bytes, Deno.SeekMode.Start);
  }
  return new TextDecoder().decode(await readFrom(file, Math.min(size, bytes)));
}

/** So many bytes from where an open file stands; fewer at its end. */
export async function readFrom(
  file: Deno.FsFile,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(bytes);
  return buffer.subarray(0, await fill(file, buffer));
}

/** Opens a plain file for reading; refuses what {@linkcode readBounded} refuses, but no length. */
export async function openPlain(
  path: string,
  { followLink = false }: Pick<ReadBounds, "followLink">,
): Promise<Deno.FsFile> {
  const look = followLink ? Deno.stat : Deno.lstat;
  refuseOdd(await look(path));
  const file = await Deno.open(path, { read: true });
  try {
    // Something else may have come to its place before it was opened.
    refuseOdd(await file.stat());
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function refuseOdd(info: Deno.FileInfo): void {
  if (!info.isFile) throw new Error(`it is ${kindOf(info)} and not a file`);
}

/** What stands at a path that is not a plain file, in words. */
function kindOf(info: Deno.FileInfo): string {
  if (info.isSymlink) return "a link";
  if (info.isDirectory) return "a folder";
  if (info.isFifo) return "a named pipe";
  if (info.isSocket) return "a socket";
  return "a device";
}

/** Reads to the end, also if the file has become longer than its size was. */
async function readUpTo(
  file: Deno.FsFile,
  size: number,
  bounds: ReadBounds,
): Promise<Uint8Array<ArrayBuffer>> {
  // One more, so that the end is seen at once.
  let buffer = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    length += await fill(file, buffer.subarray(length));
    if (length > bounds.maxBytes) throw tooLong(length, bounds);
    if (length < buffer.length) return buffer.subarray(0, length);
    const larger = new Uint8Array(
      Math.min(buffer.length * 2, bounds.maxBytes + 1),
    );
    larger.set(buffer);
    buffer = larger;
  }
}

/** Fills a buffer from where the file stands; returns how much there was. */
async function fill(file: Deno.FsFile, buffer: Uint8Array): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const count = await file.read(buffer.subarray(length));
    if (count === null) break;
    length += count;
  }
  return length;
}

function tooLong(bytes: number, { maxBytes }: ReadBounds): Error {
  return new Error(
    `it has ${bytes} bytes or more, and at most ${maxBytes} are read`,
  );
}
