import { join } from "@std/path";
import * as z from "zod/mini";
import { isRunId, type RunId } from "../run/id.ts";
import { type RunRecord, type RunTask, taskOf } from "../run/record.ts";
import { environmentError } from "../system/errors.ts";
import { once } from "../system/once.ts";
import { writeJsonAtomic } from "../workspace/atomic_file.ts";
import { WORKSPACE_NAME } from "../workspace/state_folder.ts";
import type { FleetContext } from "./context.ts";
import { workspaceKey } from "./launch.ts";
import { isOfHome } from "./trust.ts";

const voucherSchema = once(() =>
  z.object({ task: z.string(), prompt: z.string(), env: z.string() })
);

/** What a run is made of, as its worker will be given it. */
export interface RunParts {
  record: RunRecord;
  prompt: Uint8Array<ArrayBuffer>;
  /** The text of `env.json`. */
  env: string;
}

/**
 * Notes what a run is made of where no worker can write: in the home folder.
 * A workspace that lies in a project can be written by the workers there, who
 * could else let a run of the queue work elsewhere, without a sandbox, or with
 * a check of their own. Does nothing for the workspace of the home folder.
 *
 * Throws an `environment` error without HOME.
 */
export async function vouchFor(
  context: FleetContext,
  { record, prompt, env }: RunParts,
): Promise<void> {
  const { workspace, caller } = context;
  if (!isRunId(record.run_id) || await isOfHome(workspace, caller.env)) return;
  const path = voucherPath(context, record.run_id);
  if (path === null) {
    throw environmentError(
      `Cannot start run in workspace "${workspace.root}": HOME is not set, where agentctl notes which runs are its own`,
    );
  }
  await Deno.mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  await writeJsonAtomic(path, {
    task: await digest(canonical(settledPart(record))),
    prompt: await digest(prompt),
    env: await digest(env),
  }, { durable: false });
}

/** Whether a run is made of what it was made of when it was started. */
export async function isAsStarted(
  context: FleetContext,
  { record, prompt, env }: RunParts,
): Promise<boolean> {
  if (await isOfHome(context.workspace, context.caller.env)) return true;
  const voucher = await readVoucher(context, record.run_id);
  return voucher?.task === await digest(canonical(settledPart(record))) &&
    voucher.prompt === await digest(prompt) &&
    voucher.env === await digest(env);
}

/** Whether the task in a run's record (folder, sandbox, check and so on) is the one that was started, and the prompt too if it is given. */
export async function isTaskAsStarted(
  context: FleetContext,
  record: RunRecord,
  prompt?: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (await isOfHome(context.workspace, context.caller.env)) return true;
  const voucher = await readVoucher(context, record.run_id);
  return voucher?.task === await digest(canonical(settledPart(record))) &&
    (prompt === undefined || voucher.prompt === await digest(prompt));
}

/** Forgets a run that is removed. */
export async function forgetVoucher(
  context: FleetContext,
  id: RunId,
): Promise<void> {
  const path = voucherPath(context, id);
  if (path !== null) await Deno.remove(path).catch(() => {});
}

async function readVoucher(context: FleetContext, id: string) {
  const path = isRunId(id) ? voucherPath(context, id) : null;
  if (path === null) return null;
  try {
    return voucherSchema().parse(JSON.parse(await Deno.readTextFile(path)));
  } catch {
    return null;
  }
}

function voucherPath(
  { workspace, caller }: FleetContext,
  id: RunId,
): string | null {
  const home = caller.env["HOME"];
  if (!home) return null;
  return join(home, WORKSPACE_NAME, "vouched", workspaceKey(workspace), id);
}

/** What of a task never changes: a hold ends, and a worktree is made and committed to. */
function settledPart(record: RunRecord): Partial<RunTask> {
  const { held: _, not_before: __, worktree, labels, ...settled } = taskOf(
    record,
  );
  return {
    ...settled,
    // Runs of older versions have none, and are vouched for without.
    ...labels.length === 0 ? {} : { labels },
    worktree: worktree && { ...worktree, base_commit: null, commit: null },
  };
}

/** The same text for the same value, in whatever order its keys stand. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, item) =>
      typeof item === "object" && item !== null && !Array.isArray(item)
        ? Object.fromEntries(
          Object.entries(item).sort(([a], [b]) => a < b ? -1 : 1),
        )
        : item,
  );
}

async function digest(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : data;
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex();
}
