import { dirname } from "@std/path";
import { codexHome } from "../codex/profiles.ts";
import { cannot } from "../system/errors.ts";
import { exists } from "../files/exists.ts";
import { glueAfter, replaceFile } from "../files/replace_file.ts";
import { sha256Hex } from "../files/digest.ts";
import { type Installation, tell } from "./installation.ts";
import { addNoted } from "./manifest.ts";

/** Makes a folder, and those above it that are missing. Throws an `environment` error if the system refuses. */
export async function makeFolder(
  installation: Installation,
  path: string,
): Promise<void> {
  if (await exists(path, Deno.stat)) return;
  if (!installation.dryRun) await makeFolders(installation, path);
  tell(installation, "Made", "make", `the folder ${path}.`);
}

async function makeFolders(
  installation: Installation,
  path: string,
): Promise<void> {
  if (await exists(path, Deno.stat)) return;
  await makeFolders(installation, dirname(path));
  // Codex's folder is private; folders of programs are not.
  const mode = path === codexHome(installation.env) ? 0o700 : 0o755;
  await addNoted(installation.manifest, { kind: "folder", path }, async () => {
    try {
      await Deno.mkdir(path, { mode });
    } catch (error) {
      throw cannot(`make the folder "${path}"`, error);
    }
  });
}

/** Writes a file of ours: over what is there, or else a new one that only the user can read; then it must not exist. */
export async function writeFile(
  { manifest }: Installation,
  path: string,
  text: string,
  over: boolean,
): Promise<void> {
  const sha256 = await sha256Hex(text);
  await addNoted(
    manifest,
    { kind: "file", path, sha256 },
    () =>
      over
        ? replaceFile(path, text)
        : Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 }),
  );
}

/** Appends text to one of the user's files, after an empty line. */
export async function appendText(
  { manifest }: Installation,
  path: string,
  text: string,
): Promise<void> {
  const created = !(await exists(path, Deno.stat));
  const before = created ? "" : await Deno.readTextFile(path);
  const added = glueAfter(before) + text;
  await addNoted(
    manifest,
    { kind: "text", path, text: added, created },
    () => replaceFile(path, before + added),
  );
}
