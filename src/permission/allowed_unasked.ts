import { AgentctlError } from "../system/errors.ts";
import { readSettings } from "../workspace/settings.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import { isInside, type Reason } from "./reasons_to_ask.ts";

/** The reasons that remain after removing what the user lets pass. */
export async function withoutAllowed(
  reasons: readonly Reason[],
  env: Record<string, string>,
): Promise<Reason[]> {
  if (reasons.length === 0) return [];
  const entries = await allowedUnasked(env);
  const remaining: Reason[] = [];
  for (const reason of reasons) {
    const isAllowed = await Promise.all(
      entries.map((entry) => covers(entry, reason, env)),
    );
    if (!isAllowed.includes(true)) remaining.push(reason);
  }
  return remaining;
}

/** `allow_unasked` of the workspace of the home folder, the only one where it counts; empty if its settings cannot be read. */
export async function allowedUnasked(
  env: Record<string, string>,
): Promise<readonly string[]> {
  try {
    return (await readSettings(homeWorkspace(env), env)).config.allow_unasked;
  } catch (error) {
    if (error instanceof AgentctlError) return [];
    throw error;
  }
}

/** Whether an entry (`unsandboxed`, `network:web`, `folder:~/src`) lets something pass: everything of its kind, or only what it names; for a folder, everything in it. */
async function covers(
  entry: string,
  { kind, which }: Reason,
  env: Record<string, string>,
): Promise<boolean> {
  if (entry === kind) return true;
  if (which === undefined || !entry.startsWith(`${kind}:`)) return false;
  const named = entry.slice(kind.length + 1).replace(
    /^~(?=\/|$)/,
    env["HOME"] ?? "~",
  );
  return named === which ||
    named.startsWith("/") && await isInside(which, named);
}
