import { join } from "@std/path";
import * as z from "zod/mini";
import { once } from "../system/once.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { exists } from "../files/exists.ts";
import { readJson } from "../files/read_json.ts";
import { removeQuietly } from "../files/remove_quietly.ts";

/** The file in a state that names its workspace. */
const NOTE = "workspace.json";

const noteSchema = once(() =>
  z.object({ schema: z.literal(1), workspace: z.string() })
);

/** Notes in a state which workspace it belongs to, unless that is already noted. */
export async function noteWorkspace(
  state: string,
  root: string,
): Promise<void> {
  const path = join(state, NOTE);
  if (await exists(path)) return;
  await writeJsonAtomic(path, {
    schema: 1,
    workspace: await realPathSoFar(root),
  });
}

/** Notes that a state belongs to another workspace from now on. */
export async function renoteWorkspace(
  state: string,
  root: string,
): Promise<void> {
  await removeQuietly(join(state, NOTE));
  await noteWorkspace(state, root);
}

/** The real path of the workspace that a state belongs to; `null` if it does not say. */
export async function notedWorkspace(state: string): Promise<string | null> {
  const note = await readJson(join(state, NOTE), noteSchema, {
    maxBytes: MAX_BYTES.note,
  });
  return note?.workspace ?? null;
}
