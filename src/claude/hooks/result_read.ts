import { parseRunId } from "../../run/id.ts";
import { deliveredIds, markSeen } from "../../run/seen.ts";
import { type Caller, openWorkspace } from "../../workspace/workspace.ts";
import { hintedRuns } from "./unread_hint.ts";

/**
 * Acknowledges the results that a tool has just brought to the model, given the
 * input of a PostToolUse hook: those of a foreground wait, or those in the file
 * to which a background wait printed.
 */
export async function resultRead(
  json: string,
  env: Caller["env"],
): Promise<void> {
  const input = JSON.parse(json);
  if (typeof input.cwd !== "string") return;
  const texts = textsIn([input.tool_response, input.error]);
  const ids = texts.flatMap(hintedRuns);
  if (ids.length === 0) return;
  const workspace = await openWorkspace({ cwd: input.cwd, env }, undefined);
  const delivered = await deliveredIds(workspace);
  for (const id of ids) {
    if (delivered.has(id)) await markSeen(workspace, parseRunId(id));
  }
}

/** All strings in a value, because each tool answers in its own form. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
