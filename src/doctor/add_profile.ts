import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { askModels } from "../codex/models.ts";
import { planProfiles } from "../codex/profile_plan.ts";
import type { TemplateName } from "../codex/profile_templates.ts";
import { codexHome } from "../codex/profiles.ts";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { exists } from "../files/exists.ts";
import { glueAfter, replaceFile } from "../files/replace_file.ts";
import { environmentError } from "../system/errors.ts";

type Environment = Record<string, string>;

/** Adds one of agentctl's profiles to Codex, as the installer does. Throws if the profile exists by now, or cannot be added. */
export async function addProfile(
  name: TemplateName,
  capabilities: CodexCapabilities,
  env: Environment,
): Promise<string> {
  const models = await askModels(env);
  const plan = await planProfiles(env, capabilities, models);
  const step = plan.find((step) => step.name === name);
  if (step?.action === "write") {
    await Deno.mkdir(codexHome(env), { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(step.file, step.text, {
      createNew: true,
      mode: 0o600,
    });
    return `Wrote profile "${name}" to "${step.file}"`;
  }
  if (step?.action === "append") {
    await appendText(step.file, step.text);
    return `Added profile "${name}" to "${step.file}"`;
  }
  throw environmentError(
    step?.action === "skip"
      ? `Cannot add profile "${name}": ${step.reason}`
      : `Cannot add profile "${name}": it already exists`,
  );
}

/** Appends to a file. */
async function appendText(path: string, text: string): Promise<void> {
  const before = await exists(path, Deno.stat)
    ? await readTextBounded(path, {
      maxBytes: MAX_BYTES.settings,
      followLink: true,
    })
    : "";
  await replaceFile(path, before + glueAfter(before) + text);
}
