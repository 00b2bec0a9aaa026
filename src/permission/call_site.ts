import { resolve } from "@std/path";

/** Where a call is made. */
export interface CallSite {
  /** The folder of the shell, or of the server that serves the call: absolute. */
  cwd: string;
  /** The folder of a `cd` before the call. */
  moved?: string | null;
  /** The folder in which the session may already act: absolute. */
  folder: string;
  env: Record<string, string>;
  /** How the session's workspace was named, if it was. */
  workspace?: string;
}

/** The folder in which the call runs. */
export function placeOf({ cwd, moved }: CallSite): string {
  return resolve(cwd, moved ?? ".");
}
