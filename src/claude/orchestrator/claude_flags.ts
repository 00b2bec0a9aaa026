import { join } from "@std/path";
import * as z from "zod/mini";
import { writeJsonAtomic } from "../../files/atomic_file.ts";
import { MAX_BYTES } from "../../files/bounded_read.ts";
import { infoAt, realPathAt } from "../../files/exists.ts";
import { readJson } from "../../files/read_json.ts";
import { runCommand } from "../../system/command.ts";
import { findProgram } from "../../system/find_program.ts";
import { ignored, instead } from "../../system/ignore.ts";
import { once } from "../../system/once.ts";
import type { FleetContext } from "../../workspace/context.ts";
import { workspacePaths } from "../../workspace/workspace.ts";

/** How long Claude Code may take to say what it can do, in milliseconds. */
const HELP_MS = 15_000;

const cacheSchema = once(() =>
  z.object({ program: z.string(), flags: z.array(z.string()) })
);

/**
 * The options that the Claude Code of the caller names in its help, which come and
 * go within weeks; the answer is kept until the program changes. None if it does
 * not answer.
 */
export async function claudeFlags(
  { workspace, caller }: FleetContext,
): Promise<Set<string>> {
  const { env } = caller;
  const cacheFile = join(workspacePaths.cache(workspace), "claude.json");
  const program = await programKey(env);
  const known = await readJson(cacheFile, cacheSchema, {
    maxBytes: MAX_BYTES.settings,
  }).catch(instead(null, "Claude Code is asked again"));
  if (program !== null && known?.program === program) {
    return new Set(known.flags);
  }
  const signal = AbortSignal.timeout(HELP_MS);
  const help = await runCommand("claude", ["--help"], { env, signal }).catch(
    instead(
      null,
      "without its help, Claude Code is given what every version knows",
    ),
  );
  if (help === null || help.code !== 0) return new Set();
  const flags = new Set(help.stdout.match(/(?<![\w-])--[a-z][a-z-]*/g));
  if (program !== null) {
    await Deno.mkdir(workspacePaths.cache(workspace), {
      recursive: true,
      mode: 0o700,
    });
    await writeJsonAtomic(cacheFile, { program, flags: [...flags] }, {
      durable: false,
    }).catch(ignored("Claude Code is asked again"));
  }
  return flags;
}

/** What changes with the program. */
async function programKey(
  env: Record<string, string>,
): Promise<string | null> {
  const found = findProgram(env, "claude");
  const path = found === null ? null : await realPathAt(found);
  const info = path === null ? null : await infoAt(path);
  return info &&
    JSON.stringify([path, info.size, info.mtime?.getTime() ?? null]);
}
