import { join } from "@std/path";
import * as z from "zod/mini";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { acquireLock, type Lock } from "../files/lock.ts";
import { refuseLink } from "../files/refuse_link.ts";
import { SessionId } from "../run/checked_words.ts";
import { ClaudeProcess } from "../run/owner.ts";
import { insteadOfAbsent } from "../system/ignore.ts";
import { once } from "../system/once.ts";
import { parseJson } from "../text/parse_json.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";

const linkSchema = once(() =>
  z.object({
    time: z.iso.datetime({ offset: true }),
    session: SessionId,
    process: z.nullable(ClaudeProcess),
    /** Whether the process has taken over the runs of the session, whose own process was gone. */
    inherited: z.optional(z.boolean()),
  })
);

/** A process that has held a session. `/clear` gives a process another session, and `--resume` a session another process. */
export type SessionLink = z.infer<ReturnType<typeof linkSchema>>;

/** The file is shortened when it has grown to this many bytes. */
const MOST_BYTES = 256 * 1024;

/** What is older than this many milliseconds goes then. */
const KEPT_MS = 60 * 24 * 60 * 60_000;

/** All links, oldest first, in `~/.ai-orch`: a session may use several workspaces. */
export async function readLinks(
  env: Record<string, string>,
): Promise<SessionLink[]> {
  const text = await readTextBounded(linksFile(env), {
    maxBytes: MAX_BYTES.settings,
  }).catch(insteadOfAbsent("", "without notes, sessions are not linked"));
  return text.split("\n").flatMap((line) =>
    line === "" ? [] : parseJson(line, linkSchema) ?? []
  );
}

/** How long a session that begins waits for others; its user is waiting, too. */
const OTHERS_MS = 2_000;

/** Lets one session at a time be linked. `~/.ai-orch` must exist. Throws `LockBusy`. */
export async function lockLinks(env: Record<string, string>): Promise<Lock> {
  return await acquireLock(join(homeWorkspace(env), "sessions.lock"), {
    patienceMs: OTHERS_MS,
  });
}

/** Adds links. The caller must hold the lock. */
export async function addLinks(
  env: Record<string, string>,
  links: readonly SessionLink[],
): Promise<void> {
  if (links.length === 0) return;
  const path = linksFile(env);
  await refuseLink(path);
  const text = textOf(links);
  await Deno.writeTextFile(path, text, {
    append: true,
    create: true,
    mode: 0o600,
  });
  if ((await Deno.stat(path)).size < MOST_BYTES) return;
  const since = new Date(Date.now() - KEPT_MS).toISOString();
  const kept = (await readLinks(env)).filter(({ time }) => time >= since);
  await writeFileAtomic(path, textOf(kept));
}

function textOf(links: readonly SessionLink[]): string {
  return links.map((link) => JSON.stringify(link) + "\n").join("");
}

function linksFile(env: Record<string, string>): string {
  return join(homeWorkspace(env), "sessions.jsonl");
}
