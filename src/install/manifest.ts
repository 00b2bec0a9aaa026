import * as z from "zod/mini";
import { environmentError } from "../system/errors.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { unlessGone } from "../files/unless_gone.ts";
import { isAbsent } from "../system/ignore.ts";

const Entry = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("file"),
    path: z.string(),
    sha256: z.string(),
    /** For the program: a digest of the sources. */
    built_from: z.optional(z.string()),
  }),
  /** Text at the end of one of the user's files. */
  z.object({
    kind: z.literal("text"),
    path: z.string(),
    text: z.string(),
    created: z.boolean(),
  }),
  z.object({ kind: z.literal("folder"), path: z.string() }),
  /** The folder of the plugin for Claude Code, which keeps its own list. */
  z.object({ kind: z.literal("plugin"), path: z.string() }),
]);
const Content = z.object({ schema: z.literal(1), entries: z.array(Entry) });

/** Something that was added. */
export type Entry = z.infer<typeof Entry>;
export type FileEntry = Extract<Entry, { kind: "file" }>;
export type TextEntry = Extract<Entry, { kind: "text" }>;

/** The list of what this and earlier installations added, the oldest first. */
export interface Manifest {
  path: string;
  entries: Entry[];
}

/** Reads the list; it is empty if there is none. Throws an `environment` error if it does not parse. */
export async function readManifest(path: string): Promise<Manifest> {
  try {
    const content = Content.parse(JSON.parse(await Deno.readTextFile(path)));
    return { path, entries: content.entries };
  } catch (error) {
    if (isAbsent(error)) return { path, entries: [] };
    throw environmentError(
      `Cannot read "${path}", the list of what was installed: repair it, or remove it and what was installed by hand`,
      error,
    );
  }
}

/**
 * Notes something before adding it, so that nothing is ever there without a
 * note, whatever happens in between. If it cannot be added, the note is
 * removed.
 */
export async function addNoted(
  manifest: Manifest,
  entry: Entry,
  add: () => Promise<void>,
): Promise<void> {
  const before = manifest.entries;
  await noteEntries(manifest, [entry]);
  try {
    await add();
  } catch (error) {
    manifest.entries = before;
    if (before.length > 0) await writeManifest(manifest);
    else await removeManifest(manifest);
    throw error;
  }
}

/** Notes what has already been added. */
export async function noteEntries(
  manifest: Manifest,
  entries: Entry[],
): Promise<void> {
  const isKept = (old: Entry) =>
    old.kind === "text" ||
    !entries.some(({ kind, path }) => kind === old.kind && path === old.path);
  manifest.entries = [...manifest.entries.filter(isKept), ...entries];
  await writeManifest(manifest);
}

/** Removes the list if it exists. */
export async function removeManifest({ path }: Manifest): Promise<void> {
  await Deno.remove(path).catch(unlessGone);
}

async function writeManifest({ path, entries }: Manifest): Promise<void> {
  await writeJsonAtomic(path, { schema: 1, entries });
}
