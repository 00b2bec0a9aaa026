import { join } from "@std/path";
import * as z from "zod/mini";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { exists } from "../files/exists.ts";
import { writeNewFile } from "../files/make_new.ts";
import { readJson } from "../files/read_json.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { insteadOfAbsent } from "../system/ignore.ts";
import { once } from "../system/once.ts";
import { SessionId } from "./checked_words.ts";
import { ClaudeProcess } from "./owner.ts";

const askedSchema = once(() =>
  z.object({ session: SessionId, process: z.nullable(ClaudeProcess) })
);

/** The session of Claude Code whose hook has asked the user about an approval. */
export type AskedIn = z.infer<ReturnType<typeof askedSchema>>;

/** What lies beside a question in its folder. */
const names = {
  told: (id: number) => `${id}.told`,
  asked: (id: number) => `${id}.asked`,
};

/**
 * Notes that a session of Claude Code is being told of a question by a line or notice
 * that it did not ask for. Returns `false` if somebody else has told it, or is just
 * doing so.
 */
export async function claimQuestion(
  folder: string,
  id: number,
): Promise<boolean> {
  return await writeNewFile(join(folder, names.told(id)), "");
}

/** The same mark, for a caller that has to take it back if its words reach nobody. */
export function questionClaim(folder: string, id: number) {
  const path = join(folder, names.told(id));
  return {
    make: () => claimQuestion(folder, id),
    isMade: () => exists(path),
    takeBack: () => removeQuietly(path),
  };
}

/** Notes that the hook of a session is asking the user to approve what is asked. */
export async function markAsked(
  folder: string,
  id: number,
  asked: AskedIn,
): Promise<void> {
  await writeJsonAtomic(join(folder, names.asked(id)), asked);
}

/** Removes the mark of {@linkcode markAsked} and returns it; if several callers try, only one gets it. */
export async function takeAsked(
  folder: string,
  id: number,
): Promise<AskedIn | null> {
  const path = join(folder, names.asked(id));
  const asked = await readJson(path, askedSchema, { maxBytes: MAX_BYTES.note });
  if (asked === null) return null;
  const isMine = await Deno.remove(path).then(
    () => true,
    insteadOfAbsent(false, "somebody else has taken it"),
  );
  return isMine ? asked : null;
}
