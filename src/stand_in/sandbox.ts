import { join, resolve } from "@std/path";
import { isWithin } from "../system/real_path.ts";

/** What the stand-in may write. */
export interface Sandbox {
  mode: "read-only" | "workspace-write" | "danger-full-access";
  /** The worker's folder, absolute. */
  cwd: string;
  /** Further writable folders, absolute. */
  writable: string[];
}

/**
 * Whether a path may be written. Stricter than Codex in `workspace-write`: the
 * temporary folders are not writable as such, so a script in a temporary folder
 * cannot leave it.
 */
export function mayWrite(sandbox: Sandbox, path: string): boolean {
  if (sandbox.mode === "danger-full-access") return true;
  if (sandbox.mode === "read-only") return false;
  const target = resolve(sandbox.cwd, path);
  const inside = [sandbox.cwd, ...sandbox.writable].some((folder) =>
    isWithin(target, folder)
  );
  // Codex keeps `.git` read-only.
  return inside && !isWithin(target, join(sandbox.cwd, ".git"));
}
