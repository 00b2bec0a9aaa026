import { join } from "@std/path";
import { environmentError } from "../system/errors.ts";
import { makeFolder } from "./add.ts";
import { buildProgram } from "./build_program.ts";
import { fingerprint } from "../files/digest.ts";
import { sourceDigest } from "./source_digest.ts";
import { type Installation, say, tell } from "./installation.ts";
import { addNoted, type FileEntry } from "./manifest.ts";
import { pathAdvice } from "./path_advice.ts";
import { withStaging } from "./staging.ts";

/**
 * Puts the program into its folder, or updates it. Throws an
 * `environment` error if something else of its name is there, or if it cannot
 * be built.
 */
export async function installProgram(
  installation: Installation,
): Promise<void> {
  const { binDir, checkout, dryRun, env, manifest } = installation;
  const target = join(binDir, "agentctl");
  const ours = manifest.entries.find((entry): entry is FileEntry =>
    entry.kind === "file" && entry.path === target
  );
  const there = await fingerprint(target);
  if (there !== null && ours?.sha256 !== there) {
    throw environmentError(
      `Cannot install "${target}": the file there is not the one that this installer left; remove it, or choose another folder with --bin-dir`,
    );
  }
  const sources = await sourceDigest(checkout);
  if (there !== null && ours?.built_from === sources) {
    say(`The program ${target} is up to date.`);
  } else if (dryRun) {
    tell(installation, "", "compile", `agentctl and install it as ${target}.`);
  } else {
    await makeFolder(installation, binDir);
    say("Compiling agentctl, which takes a minute or less …");
    await placeProgram(installation, target, { there, sources });
  }
  const advice = await pathAdvice(env, binDir);
  if (advice === null) return;
  say(advice.sentence);
  // In this shell only; a line in the profile of the shell makes it last.
  installation.todo.push(`${advice.command} # also in your shell's profile`);
}

async function placeProgram(
  installation: Installation,
  target: string,
  { there, sources }: { there: string | null; sources: string },
): Promise<void> {
  const { binDir, checkout, manifest } = installation;
  const { kind, isNew } = await withStaging(binDir, async (staging) => {
    const staged = join(staging, "agentctl");
    const kind = await buildProgram(staged, installation);
    const sha256 = await fingerprint(staged);
    if (sha256 === null || sha256 === there) return { kind, isNew: false };
    await addNoted(manifest, {
      kind: "file",
      path: target,
      sha256,
      // A launcher is replaced if possible: perhaps the program can be compiled now.
      ...(kind === "compiled" ? { built_from: sources } : {}),
    }, () => Deno.rename(staged, target));
    return { kind, isNew: true };
  });
  if (kind === "launcher") {
    say(
      `What "deno compile" needs cannot be downloaded: a script starts agentctl from ${checkout} instead, with the same permissions. It needs that folder and ${Deno.execPath()} to stay.`,
    );
  }
  if (isNew) tell(installation, "Installed", "", `the program ${target}.`);
  else say(`The program ${target} is up to date.`);
}
