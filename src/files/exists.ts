import { ignoreUnlessAbsent, isAbsent } from "../system/ignore.ts";

const UNSEEN = "what cannot be looked at counts as missing";

/** What is at a path, following links; `null` if nothing is there, or nothing that we may see. */
export async function infoAt(path: string): Promise<Deno.FileInfo | null> {
  return await answer(Deno.stat(path));
}

/** What is at a path, even if it is a link; `null` if nothing is there, or nothing that we may see. */
export async function linkInfoAt(path: string): Promise<Deno.FileInfo | null> {
  return await answer(Deno.lstat(path));
}

/** The real path of what is there; `null` if nothing is there, or nothing that we may see. */
export async function realPathAt(path: string): Promise<string | null> {
  return await answer(Deno.realPath(path));
}

/**
 * Whether something visible is at a path: even a dangling link, unless `look`
 * is `Deno.stat`.
 */
export async function exists(
  path: string,
  look: typeof Deno.stat = Deno.lstat,
): Promise<boolean> {
  return await answer(look(path)) !== null;
}

/** Whether a folder, or a link to one, is at a path. */
export async function isFolder(path: string): Promise<boolean> {
  return (await infoAt(path))?.isDirectory ?? false;
}

/** Whether a folder that is not a link is at a path. */
export async function isRealFolder(path: string): Promise<boolean> {
  return (await linkInfoAt(path))?.isDirectory ?? false;
}

/** Whether certainly nothing is at a path. */
export async function isGone(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => false, isAbsent);
}

/** Like {@linkcode infoAt}, for callers that cannot wait. */
export function infoAtSync(path: string): Deno.FileInfo | null {
  return answerSync(() => Deno.statSync(path));
}

/** Like {@linkcode linkInfoAt}, for callers that cannot wait. */
export function linkInfoAtSync(path: string): Deno.FileInfo | null {
  return answerSync(() => Deno.lstatSync(path));
}

/** Like {@linkcode realPathAt}, for callers that cannot wait. */
export function realPathAtSync(path: string): string | null {
  return answerSync(() => Deno.realPathSync(path));
}

function answerSync<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    ignoreUnlessAbsent(error, UNSEEN);
    return null;
  }
}

async function answer<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return await asking;
  } catch (error) {
    ignoreUnlessAbsent(error, UNSEEN);
    return null;
  }
}
