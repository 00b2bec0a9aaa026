import { join } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { once } from "../system/once.ts";
import { processesBelow } from "../system/processes.ts";
import { parseJson } from "../text/parse_json.ts";
import { insteadOfAbsent } from "../system/ignore.ts";

/** What Claude Code writes about itself into `sessions/<pid>.json` (seen in 2.1.197). */
const sessionSchema = once(() =>
  z.object({ status: z.string(), kind: z.optional(z.string()) })
);

/** `shell` means idle, with commands in the background. */
const FREE = ["idle", "shell"];

const CONFIG_VARIABLE = "CLAUDE_CONFIG_DIR";

/**
 * What the Claude Code that runs in a process or below it is doing: `free` to
 * take the user's next sentence; `occupied` by a turn or a dialog, or in an
 * unknown state; `none` if there is none, or it says nothing about itself.
 */
export async function claudeState(
  pid: number,
  env: Record<string, string>,
): Promise<"free" | "occupied" | "none"> {
  const processes = await processesBelow(pid, CONFIG_VARIABLE, env);
  const states = await Promise.all(
    processes.map(({ pid, value }) =>
      sessionState(
        value || env[CONFIG_VARIABLE] || join(env["HOME"] ?? "/", ".claude"),
        pid,
      )
    ),
  );
  const known = states.filter((state) => state !== "none");
  if (known.length === 0) return "none";
  // A suspended one may be below another.
  return known.every((state) => state === "free") ? "free" : "occupied";
}

async function sessionState(
  claudeHome: string,
  pid: number,
): Promise<"free" | "occupied" | "none"> {
  const path = join(claudeHome, "sessions", `${pid}.json`);
  const text = await readTextBounded(path, { maxBytes: MAX_BYTES.note })
    .catch(
      insteadOfAbsent(
        null,
        "a process without notes of Claude Code is not its session",
      ),
    );
  if (text === null) return "none";
  const session = parseJson(text, sessionSchema);
  // The file is being written, or has another form: the state is unknown.
  if (session === null) return "occupied";
  const { status, kind = "interactive" } = session;
  if (kind !== "interactive") return "none";
  return FREE.includes(status) ? "free" : "occupied";
}
