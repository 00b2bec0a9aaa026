import type { ModelChoice } from "../codex/models.ts";
import { planProfiles, type ProfileStep } from "../codex/profile_plan.ts";
import { codexHome } from "../codex/profiles.ts";
import { appendText, makeFolder, writeFile } from "./add.ts";
import { askCodex } from "./ask_codex.ts";
import { fingerprint } from "../files/digest.ts";
import { type Installation, say, tell } from "./installation.ts";

type AddStep = Extract<ProfileStep, { action: "write" | "append" }>;
type KeepStep = Extract<ProfileStep, { action: "keep" }>;

/** Adds agentctl's profiles to Codex. The user's own stay. */
export async function installProfiles(
  installation: Installation,
): Promise<void> {
  const { env } = installation;
  const { capabilities, models } = await askCodex(installation);
  const steps = await planProfiles(env, capabilities, models);
  if (steps.some(({ action }) => action === "write" || action === "append")) {
    await makeFolder(installation, codexHome(env));
  }
  for (const step of steps) {
    if (step.action === "skip") {
      say(`Left out the profile ${step.name}: ${step.reason}.`);
    } else if (step.action === "keep") {
      await keepProfile(installation, step, models);
    } else {
      await addProfile(installation, step);
    }
  }
}

async function addProfile(
  installation: Installation,
  { action, file, name, text }: AddStep,
): Promise<void> {
  const { dryRun } = installation;
  if (action === "write") {
    if (!dryRun) await writeFile(installation, file, text, false);
    tell(installation, "Wrote", "write", `the profile ${name} to ${file}.`);
  } else {
    if (!dryRun) await appendText(installation, file, text);
    tell(installation, "Added", "add", `the profile ${name} to ${file}.`);
  }
}

/** Leaves a profile alone unless it is ours, nobody has changed it, and we have a better one. */
async function keepProfile(
  installation: Installation,
  { file, name, text }: KeepStep,
  models: ModelChoice,
): Promise<void> {
  const ours = installation.manifest.entries.find((entry) =>
    entry.path === file &&
    (entry.kind === "file" ||
      entry.kind === "text" && entry.text.includes(`[profiles.${name}]`))
  );
  const isUntouched = ours?.kind === "file" &&
    ours.sha256 === await fingerprint(file);
  // If we know no models, a profile that names one is the better one.
  const isBetter = models.standard !== "";
  if (isUntouched && isBetter && await Deno.readTextFile(file) !== text) {
    if (!installation.dryRun) await writeFile(installation, file, text, true);
    tell(installation, "Updated", "update", `the profile ${name} in ${file}.`);
  } else if (isUntouched || ours?.kind === "text") {
    say(`The profile ${name} is already in ${file}.`);
  } else {
    say(`Kept your profile ${name} in ${file} as it is.`);
  }
}
