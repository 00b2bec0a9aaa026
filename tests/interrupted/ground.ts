import { join } from "@std/path";
import { pumpQuietly } from "../../src/lifecycle/pump_quietly.ts";
import { driveQueue } from "../../src/lifecycle/drive_queue.ts";
import { waitForRuns } from "../../src/fleet/wait.ts";
import { parseNotice } from "../../src/lifecycle/notify_log.ts";
import { activeIds, waitingIds } from "../../src/queue/queue_files.ts";
import { idsInMaking } from "../../src/run/new_run.ts";
import { isEnded, type RunRecord } from "../../src/run/record.ts";
import { seenIds } from "../../src/run/seen.ts";
import { listRunIds, readRecord } from "../../src/run/store.ts";
import type { FleetContext } from "../../src/workspace/context.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { callCli } from "../cli/call_cli.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { until } from "../support/until.ts";

/** A home with a workspace, in which an operation is interrupted. */
export interface Ground extends AsyncDisposable {
  context: FleetContext;
}

/** Makes a ground on which no run starts by itself. */
export async function makeGround(): Promise<Ground> {
  const folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const since = new Date().toISOString();
  await Deno.writeTextFile(
    workspacePaths.pauses(workspace),
    JSON.stringify({
      schema: 1,
      pauses: {
        "*": { until: null, reason: "Test", by: "person", since, failures: 0 },
      },
    }),
  );
  const env = {
    HOME: folder.path,
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    TMUX_TMPDIR: folder.path,
  };
  return {
    context: { workspace, caller: { cwd: folder.path, env } },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Who may look next; each returns what it printed. */
export const LOOKERS: Record<string, (ground: Ground) => Promise<string>> = {
  list: (ground) => command(ground, "list", "--all", "--json"),
  inbox: (ground) => command(ground, "inbox", "--json"),
  doctor: (ground) => command(ground, "doctor", "--json"),
  "doctor --fix": (ground) => command(ground, "doctor", "--fix", "--json"),
  async wait({ context }) {
    for (const id of await listRunIds(context.workspace)) {
      await waitForRuns(context, [id], {
        follow: true,
        signal: AbortSignal.timeout(100),
      });
    }
    return "";
  },
  async "the queue's driver"(ground) {
    await using _driving = driveQueue(ground.context);
    await until("the driver has looked at everything", async (see) => {
      const left = see(await complaints(ground)).filter((line) =>
        // Only `clean` removes that.
        !/left in trash|counts as seen/.test(line)
      );
      return left.length === 0;
    }, { within: 20_000 });
    return "";
  },
  clean: (ground) =>
    command(ground, "clean", "--older-than", "1s", "--keep", "0"),
  async "a run that ends"({ context }) {
    await pumpQuietly(context);
    return "";
  },
};

/** Calls a command in this process, which keeps its permission to write. */
async function command(
  { context: { caller } }: Ground,
  ...argv: string[]
): Promise<string> {
  const { revoke } = Deno.permissions;
  Deno.permissions.revoke = Deno.permissions.query;
  try {
    const { code, stdout, stderr } = await callCli(argv, caller);
    if (code === 2) throw new Error(stderr);
    return stdout + stderr;
  } finally {
    Deno.permissions.revoke = revoke;
  }
}

/** What is wrong with the store: a line for each; none if it is sound. */
export async function complaints({ context }: Ground): Promise<string[]> {
  const { workspace } = context;
  const found: string[] = [];
  const records = new Map<string, RunRecord>();
  for (const id of await listRunIds(workspace)) {
    try {
      records.set(id, await readRecord(workspace, id));
    } catch (error) {
      found.push(`${id}: ${error}`);
    }
  }
  for (const id of await idsInMaking(workspace)) {
    found.push(`${id} is still being made`);
  }
  const waiting = await waitingIds(workspace);
  const active = await activeIds(workspace);
  for (const id of [...waiting, ...active]) {
    const record = records.get(id);
    if (record === undefined) found.push(`${id} waits, and is not there`);
    else if (isEnded(record)) found.push(`${id} has ended and is not settled`);
  }
  const noticed = (await Deno.readTextFile(workspacePaths.notifyLog(workspace))
    .catch(() => "")).split("\n").flatMap((line) =>
      parseNotice(line)?.run_id ?? []
    );
  const children = new Map<string, number>();
  for (const [id, record] of records) {
    if (record.status === "queued" && !waiting.includes(id as never)) {
      found.push(`${id} is queued, and nobody will start it`);
    }
    if (record.parent_run_id !== null) {
      const { parent_run_id } = record;
      children.set(parent_run_id, (children.get(parent_run_id) ?? 0) + 1);
    }
    if (!isEnded(record)) continue;
    const { next_run_id } = record;
    if (next_run_id !== null && !records.has(next_run_id)) {
      found.push(`${id} has lost its next attempt`);
    }
    const times = noticed.filter((one) => one === id).length;
    const expected = next_run_id === null ? 1 : 0;
    if (times !== expected) {
      found.push(`${id} stands ${times} times in the log`);
    }
  }
  for (const [id, count] of children) {
    if (count > 1) found.push(`${id} has ${count} next attempts`);
  }
  for (const id of await seenIds(workspace)) {
    if (!records.has(id)) found.push(`${id} was removed, and counts as seen`);
  }
  const trash = workspacePaths.trash(workspace);
  const left = await Array.fromAsync(Deno.readDir(trash)).catch(() => []);
  if (left.length > 0) found.push(`${left.length} left in ${"trash"}`);
  return found;
}

/** Names of everything in the state, without what differs from time to time: equal for equal states. */
export async function stateOf({ context }: Ground): Promise<string> {
  const names: string[] = [];
  const walk = async (folder: string, prefix: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const short = name.replace(/\d{8}-\d{6}-[0-9a-z]+/, "ID")
        .replace(/\.\d+-\d+-[0-9a-f]{8}\.tmp$/, ".tmp")
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "UUID");
      names.push(`${prefix}${short}`);
      if (isDirectory) await walk(join(folder, name), `${prefix}${short}/`);
    }
  };
  await walk(context.workspace.state, "");
  for (const id of await listRunIds(context.workspace)) {
    const record = await readRecord(context.workspace, id).catch(() => null);
    names.push(record?.status ?? "unreadable");
  }
  return names.sort().join("\n");
}
