import { join, resolve } from "@std/path";
import { shellQuote } from "../system/shell.ts";

/** What the user has to do before "agentctl" starts the program in this folder; `null` if nothing. */
export async function pathAdvice(
  env: Record<string, string>,
  binDir: string,
): Promise<string | null> {
  const wanted = await realPath(binDir);
  for (const folder of (env["PATH"] ?? "").split(":")) {
    if (folder === "") continue;
    if (await realPath(folder) === wanted) return null;
    const other = join(resolve(folder), "agentctl");
    if (await isProgram(other)) {
      return `"agentctl" starts another program, ${other}, which is before ${binDir} on PATH; remove it, or correct PATH: ${
        exportLine(binDir)
      }`;
    }
  }
  return `${binDir} is not on PATH; add it: ${exportLine(binDir)}`;
}

function exportLine(folder: string): string {
  return `export PATH=${shellQuote(folder)}:"$PATH"`;
}

/** The path without symbolic links, as far as it exists. */
async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return resolve(path);
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    return isFile && ((mode ?? 0o111) & 0o111) !== 0;
  } catch {
    return false;
  }
}
