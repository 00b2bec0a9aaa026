import { join, resolve } from "@std/path";
import { shellQuote } from "../system/shell.ts";
import { infoAt, realPathAt } from "../files/exists.ts";

/** Why "agentctl" does not start the program, and what changes that. */
export interface PathAdvice {
  sentence: string;
  command: string;
}

/** What the user has to do before "agentctl" starts the program in this folder; `null` if nothing. */
export async function pathAdvice(
  env: Record<string, string>,
  binDir: string,
): Promise<PathAdvice | null> {
  const command = `export PATH=${shellQuote(binDir)}:"$PATH"`;
  const wanted = await realPathAt(binDir) ?? resolve(binDir);
  for (const folder of (env["PATH"] ?? "").split(":")) {
    if (folder === "") continue;
    if ((await realPathAt(folder) ?? resolve(folder)) === wanted) return null;
    const other = join(resolve(folder), "agentctl");
    if (await isProgram(other)) {
      return {
        sentence:
          `"agentctl" starts another program, ${other}, which is before ${binDir} on PATH; remove it, or correct PATH.`,
        command,
      };
    }
  }
  return { sentence: `${binDir} is not on PATH; add it.`, command };
}

async function isProgram(path: string): Promise<boolean> {
  const info = await infoAt(path);
  return info !== null && info.isFile && ((info.mode ?? 0o111) & 0o111) !== 0;
}
