import * as z from "zod/mini";
import {
  claudeHome,
  type ClaudeNote,
  readNote,
  readNoteText,
} from "../owners/claude_notes.ts";
import { once } from "../system/once.ts";
import { processesBelow } from "../system/processes.ts";
import { parseJson } from "../text/parse_json.ts";

/** What Claude Code writes about itself into `sessions/<pid>.json` (seen in 2.1.197). */
const sessionSchema = once(() =>
  z.object({ status: z.string(), kind: z.optional(z.string()) })
);

/** `shell` means idle, with commands in the background. */
const FREE = ["idle", "shell"];

const CONFIG_VARIABLE = "CLAUDE_CONFIG_DIR";

/** A pane's Claude Code. */
export interface FoundClaude {
  /**
   * `free` for the user's next sentence; `occupied` by a turn or a dialog, or in
   * an unknown state; `none` if there is none, or it says nothing about itself.
   */
  state: "free" | "occupied" | "none";
  /** What it says about itself, as far as it can be understood. */
  notes: ClaudeNote[];
}

/** What the Claude Code that runs in a process or below it is doing. */
export async function findClaude(
  pid: number,
  env: Record<string, string>,
): Promise<FoundClaude> {
  const processes = await processesBelow(pid, CONFIG_VARIABLE, env);
  const found = await Promise.all(processes.map(async ({ pid, value }) => {
    const home = value || claudeHome(env);
    const state = stateIn(await readNoteText(home, pid));
    return { state, note: state === "none" ? null : await readNote(home, pid) };
  }));
  const known = found.filter(({ state }) => state !== "none");
  const notes = known.map(({ note }) => note).filter((note) => note !== null);
  if (known.length === 0) return { state: "none", notes };
  // One that was suspended may be below another.
  const isFree = known.every(({ state }) => state === "free");
  return { state: isFree ? "free" : "occupied", notes };
}

/** Like {@linkcode findClaude}, but returns only the state. */
export async function claudeState(
  pid: number,
  env: Record<string, string>,
): Promise<FoundClaude["state"]> {
  return (await findClaude(pid, env)).state;
}

function stateIn(text: string | null): FoundClaude["state"] {
  if (text === null) return "none";
  const session = parseJson(text, sessionSchema);
  // The file is being written, or has another form: the state is unknown.
  if (session === null) return "occupied";
  const { status, kind = "interactive" } = session;
  if (kind !== "interactive") return "none";
  return FREE.includes(status) ? "free" : "occupied";
}
