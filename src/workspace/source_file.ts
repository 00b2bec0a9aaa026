import { join } from "@std/path";
import { shellQuote } from "../system/shell.ts";
import { approvalOf, type Approved } from "./approvals.ts";
import { isHomeWorkspace, ownersOf } from "./ownership.ts";
import { readPlainFile } from "../files/plain_file.ts";
import { folderOf } from "./state_folder.ts";

/** A file of a workspace that was read at once, and what the user said of its bytes. */
export interface ReadFile {
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
  approved: Approved | "home";
}

/** A file that is none to be read, and why. */
export interface RefusedFile {
  path: string;
  refused: string;
}

/** A file of a workspace that the user may approve. */
export type SourceFile = ReadFile | RefusedFile;

/**
 * Reads a file of a workspace and says whether its bytes are the user's own
 * word: those of `~/.ai-orch` are, others only as approved. `null` if there is
 * none. Whoever acts on the file takes the bytes from here: they are the ones
 * that were looked at, whatever stands there a moment later.
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

/** Whether what the user said of a file makes it the user's own word. */
export function isOwnWord(approved: ReadFile["approved"]): boolean {
  return approved === "home" || approved === "yes";
}

/** What is ignored of a file that does not count, with the call that approves it. */
export function ignoredLine(
  root: string,
  what: string,
  file: ReadFile,
): string {
  return `Ignored ${what} of "${file.path}": ${
    file.approved === "changed"
      ? "it changed since you approved it"
      : "not approved"
  }; look at it and run "${trustCall(root)}"`;
}

/** The call that approves the files of a workspace, to be pasted into a shell. */
export function trustCall(root: string): string {
  const folder = folderOf(root);
  return `agentctl trust ${
    /^[\w@%+=:,./-]+$/.test(folder) ? folder : shellQuote(folder)
  }`;
}

/** The text of a file that was read. */
export function textOf({ bytes }: ReadFile): string {
  return new TextDecoder().decode(bytes);
}
