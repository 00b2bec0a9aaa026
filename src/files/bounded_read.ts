import { cannot } from "../system/errors.ts";

/** Limits for reading a file that may come from somebody else. */
export interface ReadBounds {
  /** A file with more bytes is refused, and no more than this is ever held in memory. */
  maxBytes: number;
  /** Whether a link at the end of the path is followed; otherwise it is refused. */
  followLink?: boolean;
}

/** Common limits, in bytes; a longer file is not what we expect. */
export const MAX_BYTES = {
  /** A few lines, such as a request, a receipt or a mark. */
  note: 1 << 20,
  /** Settings, and lists that users or agentctl keep. */
  settings: 4 << 20,
  /** A text for a worker: Codex takes a million characters, of up to four bytes. */
  prompt: 8 << 20,
  /** A record or an answer, which may hold millions of characters. */
  record: 32 << 20,
} as const;

/**
 * Reads a plain file. Anything else (a named pipe, whose opening would wait
 * forever, a socket, a device, a folder), or a file that is too long, is refused
 * with an `Error` that says what it is; a missing file throws
 * `Deno.errors.NotFound`.
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

/** Like {@linkcode readBounded}, but returns text. */
export async function readTextBounded(
  path: string,
  bounds: ReadBounds,
): Promise<string> {
  return new TextDecoder().decode(await readBounded(path, bounds));
}

/**
 * Like {@linkcode readTextBounded}, but `null` if nothing is there. Throws an
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
    throw cannot(`read "${path}"`, error);
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

/** Reads this many bytes from the current position of an open file, or fewer at its end. */
export async function readFrom(
  file: Deno.FsFile,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(bytes);
  return buffer.subarray(0, await fill(file, buffer));
}

/** Opens a plain file for reading; refuses what {@linkcode readBounded} refuses, except for long files. */
export async function openPlain(
  path: string,
  { followLink = false }: Pick<ReadBounds, "followLink">,
): Promise<Deno.FsFile> {
  const look = followLink ? Deno.stat : Deno.lstat;
  refuseOdd(await look(path));
  const file = await Deno.open(path, { read: true });
  try {
    // Something else may have taken its place before it was opened.
    refuseOdd(await file.stat());
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function refuseOdd(info: Deno.FileInfo): void {
  if (!info.isFile) throw new Error(`it is ${kindOf(info)}, not a file`);
}

/** What is at a path that is not a plain file, in words. */
function kindOf(info: Deno.FileInfo): string {
  if (info.isSymlink) return "a link";
  if (info.isDirectory) return "a folder";
  if (info.isFifo) return "a named pipe";
  if (info.isSocket) return "a socket";
  return "a device";
}

/** Reads to the end, even if the file has grown in the meantime. */
async function readUpTo(
  file: Deno.FsFile,
  size: number,
  bounds: ReadBounds,
): Promise<Uint8Array<ArrayBuffer>> {
  // One byte more, so that the end shows at once.
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

/** Fills a buffer from the current position of the file; returns how much there was. */
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
    `it has ${bytes} bytes or more, and agentctl reads at most ${maxBytes}`,
  );
}
