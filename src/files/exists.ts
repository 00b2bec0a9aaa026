import { insteadOfAbsent, isAbsent, tryOr } from "../system/ignore.ts";

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
  return tryOr(() => Deno.statSync(path), null, UNSEEN);
}

/** Like {@linkcode linkInfoAt}, for callers that cannot wait. */
export function linkInfoAtSync(path: string): Deno.FileInfo | null {
  return tryOr(() => Deno.lstatSync(path), null, UNSEEN);
}

/** Like {@linkcode realPathAt}, for callers that cannot wait. */
export function realPathAtSync(path: string): string | null {
  return tryOr(() => Deno.realPathSync(path), null, UNSEEN);
}

async function answer<T>(asking: Promise<T>): Promise<T | null> {
  return await asking.catch(insteadOfAbsent(null, UNSEEN));
}
