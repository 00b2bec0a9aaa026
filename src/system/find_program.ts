import { isAbsolute, join } from "@std/path";
import { environmentError } from "./errors.ts";
import type { ProgramName } from "./command.ts";

/** The first file of that name on `PATH` that is executable; `null` if there is none. */
export async function findProgram(
  env: Record<string, string>,
  program: ProgramName,
): Promise<string | null> {
  for (const folder of (env["PATH"] ?? "").split(":")) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, program);
    try {
      const info = await Deno.stat(path);
      if (info.isFile && ((info.mode ?? 0o111) & 0o111) !== 0) return path;
    } catch {
      // Not there, or a folder that we may not enter: as good as not there.
    }
  }
  return null;
}

/** As {@linkcode findProgram}; throws an `environment` error that says what to do. */
export async function requireProgram(
  env: Record<string, string>,
  program: ProgramName,
  action: string,
): Promise<string> {
  const path = await findProgram(env, program);
  if (path !== null) return path;
  throw environmentError(
    `Cannot ${action}: ${program} is not on PATH; ${INSTALL_HINTS[program]}`,
  );
}

const INSTALL_HINTS: Record<ProgramName, string> = {
  tmux: "install it, for example with apt install tmux or brew install tmux",
  git: "install it, for example with apt install git or brew install git",
  codex:
    "install it with npm install -g @openai/codex, then log in with codex login",
  claude: "install it with npm install -g @anthropic-ai/claude-code",
};
