import { join } from "@std/path";
import { environmentError } from "../system/errors.ts";
import type { CodexCapabilities } from "./capability_cache.ts";
import type { ModelChoice } from "./models.ts";
import { codexHome, configTrouble, findProfile } from "./profiles.ts";
import {
  profileText,
  TEMPLATE_NAMES,
  type TemplateName,
} from "./profile_templates.ts";

/** What to do about one of agentctl's profiles. */
export type ProfileStep =
  | {
    action: "write" | "append";
    name: TemplateName;
    file: string;
    text: string;
  }
  /** The user has a profile of this name; `text` is what ours would be. */
  | { action: "keep"; name: TemplateName; file: string; text: string }
  | { action: "skip"; name: TemplateName; reason: string };

/**
 * Plans how to add agentctl's profiles to the user's Codex: each in a new file, or in a
 * table at the end of `config.toml` for an older Codex. Existing ones stay. Throws an
 * `environment` error if Codex itself would refuse `config.toml`.
 */
export async function planProfiles(
  env: Record<string, string>,
  capabilities: Pick<CodexCapabilities, "profiles" | "version">,
  models: ModelChoice,
): Promise<ProfileStep[]> {
  const form = capabilities.profiles;
  if (form === "none") {
    throw environmentError(
      `Cannot install profiles: Codex ${capabilities.version} has none; install a newer Codex`,
    );
  }
  const trouble = await configTrouble(env, capabilities);
  if (trouble !== null) {
    throw environmentError(`Cannot install profiles: ${trouble}`);
  }
  return await Promise.all(
    TEMPLATE_NAMES.map(async (name): Promise<ProfileStep> => {
      const found = await findProfile(env, name, capabilities);
      const text = profileText(name, form, models);
      if (found.state === "broken") {
        return { action: "skip", name, reason: found.reason };
      }
      if (found.state === "found") {
        return { action: "keep", name, file: found.file, text };
      }
      return form === "files"
        ? {
          action: "write",
          name,
          file: join(codexHome(env), `${name}.config.toml`),
          text,
        }
        : {
          action: "append",
          name,
          file: join(codexHome(env), "config.toml"),
          text,
        };
    }),
  );
}
