import { dirname, join } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES, readPart } from "../files/bounded_read.ts";
import { readJson } from "../files/read_json.ts";
import { findProgram } from "../system/find_program.ts";
import { once } from "../system/once.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";

/** The `codex` that a command would start. */
export interface CodexProgram {
  path: string;
  real_path: string;
  /**
   * `native`: the binary itself. `wrapper`: a script that starts it, as npm
   * installs one. `stand-in`: the worker of `agentctl demo`, which is not Codex.
   */
  kind: "native" | "wrapper" | "stand-in";
  /**
   * Changes whenever another Codex would be started. Empty for a script that does not
   * show which version it starts: then nothing may be cached.
   */
  key: string;
}

/** The line that identifies the stand-in's script. */
export const STAND_IN_MARK = "# agentctl stand-in worker";

const HEAD_BYTES = 300;

const packageSchema = once(() => z.object({ version: z.string() }));

/**
 * Finds the `codex` that would be started; `null` if there is none. Throws an
 * `environment` error if a worker may have put it there.
 */
export async function findCodex(
  env: Record<string, string>,
): Promise<CodexProgram | null> {
  const path = findProgram(env, "codex");
  if (path === null) return null;
  try {
    const info = await Deno.stat(path);
    const realPath = await Deno.realPath(path);
    const head = await readPart(realPath, "first", HEAD_BYTES);
    const kind = kindOf(head);
    return {
      path,
      real_path: realPath,
      kind,
      key: await keyOf(realPath, info, kind, head),
    };
  } catch (error) {
    ignoreUnlessAbsent(error, "a Codex that cannot be read counts as missing");
    return null;
  }
}

function kindOf(head: string): CodexProgram["kind"] {
  if (head.split("\n").some((line) => line.trimEnd() === STAND_IN_MARK)) {
    return "stand-in";
  }
  return head.startsWith("#!") ? "wrapper" : "native";
}

async function keyOf(
  realPath: string,
  info: Deno.FileInfo,
  kind: CodexProgram["kind"],
  head: string,
): Promise<string> {
  const parts: (string | number)[] = [
    realPath,
    info.mtime?.getTime() ?? 0,
    info.ctime?.getTime() ?? 0,
    info.size,
  ];
  if (kind === "wrapper") {
    // npm's script can stay the same, byte for byte, from version to version.
    const version = /^#!.*\bnode\b/.test(head)
      ? await packageVersion(realPath)
      : null;
    if (version === null) return "";
    parts.push(version);
  }
  return parts.join(":");
}

async function packageVersion(script: string): Promise<string | null> {
  const path = join(dirname(dirname(script)), "package.json");
  const found = await readJson(path, packageSchema, {
    maxBytes: MAX_BYTES.note,
    followLink: true,
  });
  return found?.version ?? null;
}
