import { dirname, join } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { realPathAt } from "../files/exists.ts";
import { readJson } from "../files/read_json.ts";
import { runCommand } from "../system/command.ts";
import { messageOf } from "../system/errors.ts";
import { findProgram, type ProgramName } from "../system/find_program.ts";
import { instead } from "../system/ignore.ts";
import { VERSION } from "../system/version.ts";

/** How long a program may take to print its version. */
const PATIENCE_MS = 5_000;

const packageSchema = () => z.object({ version: z.string() });

/** The versions of agentctl, of the programs that it starts, and of the system; or, in place of a version, why it is unknown. */
export async function askVersions(
  env: Record<string, string>,
): Promise<Record<string, string>> {
  const [codex, tmux, git, claude, os] = await Promise.all([
    askProgram("codex", "--version", env),
    askProgram("tmux", "-V", env),
    askProgram("git", "--version", env),
    versionOfClaude(env),
    nameOfSystem(),
  ]);
  const agentctl = `${VERSION} (${Deno.build.target})`;
  return { agentctl, codex, claude, tmux, git, os };
}

async function askProgram(
  program: ProgramName,
  argument: string,
  env: Record<string, string>,
): Promise<string> {
  if (findProgram(env, program) === null) return "not on PATH";
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const { code, stdout } = await runCommand(program, [argument], {
      env,
      signal,
    });
    const [line = ""] = stdout.trim().split("\n");
    return code === 0 ? line : `exit code ${code}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** From where it is installed: Claude Code writes files of its own when it is started. */
async function versionOfClaude(env: Record<string, string>): Promise<string> {
  const path = findProgram(env, "claude");
  if (path === null) return "not on PATH";
  const real = await realPathAt(path) ?? path;
  const [inPath] = /\d+\.\d+\.\d+/.exec(real) ?? [];
  if (inPath !== undefined) return inPath;
  const folder = dirname(real);
  for (const place of [folder, dirname(folder)]) {
    const found = await readJson(join(place, "package.json"), packageSchema, {
      maxBytes: MAX_BYTES.settings,
    });
    if (found !== null) return found.version;
  }
  return "unknown";
}

async function nameOfSystem(): Promise<string> {
  const read = (path: string) =>
    readTextBounded(path, { maxBytes: MAX_BYTES.settings, followLink: true })
      .catch(instead("", "this system does not say what it is"));
  const release = await read("/etc/os-release");
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1];
  return name ?? Deno.build.os;
}
