import { waitersGone } from "../fleet/waiters.ts";
import { waitForRuns } from "../fleet/wait.ts";
import { isRunId, type RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { deliveredIds, seenIds } from "../run/seen.ts";
import { runFiles } from "../run/store.ts";
import {
  type Caller,
  openWorkspace,
  type Workspace,
} from "../workspace/workspace.ts";
import { describeEnd } from "./describe_end.ts";
import { parseSimpleCommand } from "./simple_command.ts";

/** By then a model that means to wait has begun to. */
const GRACE_MS = 10_000;

/**
 * What wakes Claude once the runs that a Bash call has started have ended: a
 * line for each whose result no wait has printed; `null` if there is none.
 *
 * It is silent where the model waits by itself: whoever waits holds a lock
 * (see `announceWait`), and either prints the result, which leaves a mark, or
 * is killed, which frees the lock without one.
 */
export async function postToolUse(
  json: string,
  env: Record<string, string>,
  graceMs = GRACE_MS,
): Promise<string | null> {
  // In print mode Claude Code waits for this hook with its answer.
  if (env["CLAUDE_CODE_ENTRYPOINT"] === "sdk-cli") return null;
  const input = JSON.parse(json);
  const command = input.tool_input?.command;
  const output = input.tool_response?.stdout;
  const { cwd } = input;
  if (
    typeof command !== "string" || typeof output !== "string" ||
    typeof cwd !== "string" ||
    !/\bagentctl\s+(start|resume|rerun)\b/.test(command)
  ) return null;
  const caller: Caller = { cwd, env };
  const workspace = await openWorkspace(caller, workspaceOption(command));
  const ids = await startedRuns(workspace, output);
  if (ids.length === 0) return null;
  const [ended] = await Promise.all([
    waitForRuns({ workspace, caller }, ids),
    new Promise((resolve) => setTimeout(resolve, graceMs)),
  ]);
  const unseen: EndedRecord[] = [];
  for (const record of ended) {
    const id = record.run_id;
    if (!isRunId(id)) continue;
    await waitersGone(workspace, id);
    const told = (await seenIds(workspace)).union(
      await deliveredIds(workspace),
    );
    if (!told.has(id)) unseen.push(record);
  }
  if (unseen.length === 0) return null;
  return unseen.map((record) =>
    `${describeEnd(record)} - read it with "agentctl show ${record.run_id}"`
  ).join("\n");
}

/** The runs whose ids `agentctl start` printed, alone or as JSON. */
async function startedRuns(
  workspace: Workspace,
  output: string,
): Promise<RunId[]> {
  const words = output.split("\n").flatMap((line) => {
    const inJson = /"run_id":\s*"([^"]+)"/.exec(line)?.[1];
    return inJson ?? line.trim();
  });
  const ids = [...new Set(words.filter(isRunId))];
  const found = await Promise.all(ids.map(async (id) => {
    const info = await Deno.lstat(runFiles(workspace, id).folder)
      .catch(() => null);
    return info?.isDirectory ? id : null;
  }));
  return found.filter((id) => id !== null);
}

/** The value of `--workspace`, where the call can be read. */
function workspaceOption(command: string): string | undefined {
  const words = parseSimpleCommand(command)?.words ?? [];
  const at = words.indexOf("--workspace");
  if (at >= 0) return words[at + 1];
  return words.find((word) => word.startsWith("--workspace="))
    ?.slice("--workspace=".length);
}
