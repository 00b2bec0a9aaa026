import { basename, dirname, join } from "@std/path";
import * as z from "zod/mini";
import { once } from "../system/once.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { sha256Hex } from "../files/digest.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { ownersOf } from "./ownership.ts";
import { readPlainFile } from "../files/plain_file.ts";
import { parseJson } from "../text/parse_json.ts";
import { homeWorkspace } from "./state_folder.ts";

const approvalSchema = once(() =>
  z.object({
    schema: z.literal(1),
    path: z.string(),
    sha256: z.string(),
    approved_at: z.string(),
    /** For settings: the keys that differed from the defaults, so that their removal can be reported. */
    keys: z._default(z.array(z.string()), []),
  })
);

/** The user's approval of the bytes of one file. */
export type Approval = z.infer<ReturnType<typeof approvalSchema>>;

/** What the user has approved for a file: these bytes, other bytes, or nothing. */
export type Approved = "yes" | "changed" | "no";

/** Whether the user approved exactly these bytes of a file; see {@linkcode approveBytes}. */
export async function approvalOf(
  env: Record<string, string>,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Approved> {
  const approval = await readApproval(env, path);
  if (approval === null) return "no";
  return approval.sha256 === await sha256Hex(bytes) ? "yes" : "changed";
}

/**
 * Notes in the home folder, where no worker can write, that the user approves
 * these bytes of a file, wherever the file is.
 */
export async function approveBytes(
  env: Record<string, string>,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  keys: string[] = [],
): Promise<void> {
  const real = await realFile(path);
  const file = await approvalFile(env, real);
  await Deno.mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeJsonAtomic(
    file,
    {
      schema: 1,
      path: real,
      sha256: await sha256Hex(bytes),
      approved_at: new Date().toISOString(),
      keys,
    } satisfies Approval,
  );
}

/** Withdraws the approval of a file, which need not exist any more. Returns whether there was one. */
export async function forgetApproval(
  env: Record<string, string>,
  path: string,
): Promise<boolean> {
  const file = await approvalFile(env, await realFile(path));
  try {
    await Deno.remove(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Each approved path has a file of its own, so that writes of different approvals never collide. */
async function approvalFile(
  env: Record<string, string>,
  real: string,
): Promise<string> {
  const name = `${(await sha256Hex(real)).slice(0, 32)}.json`;
  return join(homeWorkspace(env), "approved", name);
}

/** What the user has approved for a file, which may have changed since, or be gone; `null` if nothing. */
export async function readApproval(
  env: Record<string, string>,
  path: string,
): Promise<Approval | null> {
  const real = await realFile(path);
  const file = await approvalFile(env, real);
  const read = await readPlainFile(file, await ownersOf(env));
  if (read === null || "refused" in read) return null;
  const bytes = new TextDecoder().decode(read.bytes);
  const approval = parseJson(bytes, approvalSchema);
  return approval?.path === real ? approval : null;
}

/** The path of a file with links in its folders resolved; the file itself need not exist. */
async function realFile(path: string): Promise<string> {
  return join(await realPathSoFar(dirname(path)), basename(path));
}
