import { join } from "@std/path";
import { shellWord } from "../system/shell.ts";
import { approvalOf, type Approved } from "./approvals.ts";
import { isHomeWorkspace, ownersOf } from "./ownership.ts";
import { readPlainFile } from "../files/plain_file.ts";
import { folderOf } from "./state_folder.ts";

/** A file of a workspace, read in one go, and whether the user has approved its bytes. */
export interface ReadFile {
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
  approved: Approved | "home";
}

/** A file that must not be read, and why. */
export interface RefusedFile {
  path: string;
  refused: string;
}

/** A file of a workspace that the user may approve. */
export type SourceFile = ReadFile | RefusedFile;

/**
 * Reads a file of a workspace and says whether the user stands behind its bytes:
 * always for files in `~/.ai-orch`, for others if they are approved. `null` if
 * there is no file. A caller that acts on the file must use the bytes from
 * here: they are the ones that were checked, whatever is there a moment later.
 */
export async function readSource(
  root: string,
  name: string,
  env: Record<string, string>,
): Promise<SourceFile | null> {
  const path = join(root, name);
  const file = await readPlainFile(path, await ownersOf(env));
  if (file === null) return null;
  if ("refused" in file) return { path, ...file };
  const approved = await isHomeWorkspace(root, env)
    ? "home"
    : await approvalOf(env, path, file.bytes);
  return { path, ...file, approved };
}

/** Whether a file counts as the user's own word. */
export function isOwnWord(approved: ReadFile["approved"]): boolean {
  return approved === "home" || approved === "yes";
}

/** What is ignored in a file that does not count, with the call that approves it. */
export function ignoredLine(
  root: string,
  what: string,
  file: ReadFile,
): string {
  return `Ignored ${what} of "${file.path}": ${
    file.approved === "changed"
      ? "it has changed since you approved it"
      : "not approved"
  }; look at it and run "${trustCall(root)}"`;
}

/** The call that approves the files of a workspace, ready to paste into a shell. */
export function trustCall(root: string): string {
  return `agentctl trust ${shellWord(folderOf(root))}`;
}

/** The text of a file that was read. */
export function textOf({ bytes }: ReadFile): string {
  return new TextDecoder().decode(bytes);
}
