import * as z from "zod/mini";
import { dirname } from "@std/path";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { acquireLock, type Lock } from "../files/lock.ts";
import { readJson } from "../files/read_json.ts";
import { ignored, instead } from "../system/ignore.ts";
import { once } from "../system/once.ts";

const capabilitiesSchema = once(() =>
  z.object({
    /** The version that `codex --version` prints, without the name. */
    version: z.string(),
    stand_in: z.boolean(),
    /** Flags of `codex exec`, short and long, such as `-C` and `--cd`. */
    exec_flags: z.array(z.string()),
    /** Flags of `codex exec resume`; empty if there is no such subcommand. */
    resume_flags: z.array(z.string()),
    /** The values that `--sandbox` takes; empty if the help does not say. */
    sandbox_modes: z.array(z.string()),
    /** Whether a profile is a file of its own, or a table in `config.toml` as before 0.134. */
    profiles: z.enum(["files", "tables", "none"]),
    /** Whether it supports permission profiles that extend its own (after 0.128), which a guard needs. */
    permission_profiles: z.boolean(),
    /** Whether its app-server understands agentctl; not asked unless needed, because the others are asked for every run. */
    app_server: z.optional(z.boolean()),
  })
);

/** What one Codex binary can do. */
export type CodexCapabilities = z.infer<ReturnType<typeof capabilitiesSchema>>;

const cacheSchema = once(() => z.record(z.string(), capabilitiesSchema()));

/** More than one entry, because two versions may alternate on PATH. */
const CACHED_PROGRAMS = 8;

/** What was found out about programs before, by their keys. */
export async function readCache(
  path: string,
): Promise<Record<string, CodexCapabilities>> {
  return await readJson(path, cacheSchema, { maxBytes: MAX_BYTES.settings }) ??
    {};
}

/** How long to wait while another process asks Codex; a hook must answer in time. */
const OTHERS_MS = 5_000;

/** Lets one process at a time ask Codex; `null` if the lock cannot be had. */
export async function lockCache(path: string): Promise<Lock | null> {
  return await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 })
    .then(() => acquireLock(`${path}.lock`, { patienceMs: OTHERS_MS }))
    .catch(instead(null, "whoever cannot lock asks Codex beside others"));
}

/** If it cannot be written, that costs only time. */
export async function writeCache(
  path: string,
  cache: Record<string, CodexCapabilities>,
): Promise<void> {
  const kept = Object.fromEntries(
    Object.entries(cache).slice(-CACHED_PROGRAMS),
  );
  await writeJsonAtomic(path, kept, { durable: false })
    .catch(ignored("the next call asks Codex again"));
}
