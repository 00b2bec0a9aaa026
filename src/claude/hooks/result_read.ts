import { markRead } from "../../owners/read_marks.ts";
import { deliveredIds } from "../../run/seen.ts";
import { readRecord } from "../../run/store.ts";
import { instead } from "../../system/ignore.ts";
import { type Caller, openWorkspace } from "../../workspace/workspace.ts";
import { hookCaller } from "./hook_caller.ts";
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
  const caller = hookCaller(input, { cwd: input.cwd, env });
  const texts = textsIn([input.tool_response, input.error]);
  const ids = texts.flatMap(hintedRuns);
  if (ids.length === 0) return;
  const workspace = await openWorkspace(caller, undefined);
  const delivered = await deliveredIds(workspace);
  const read = await Promise.all(
    ids.filter((id) => delivered.has(id)).map((id) =>
      readRecord(workspace, id).catch(
        instead(null, "nobody can read the result of a damaged run"),
      )
    ),
  );
  await markRead(
    { workspace, caller },
    read.filter((record) => record !== null),
  );
}

/** All strings in a value, because each tool answers in its own form. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
