import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { TEMPLATE_NAMES } from "../codex/profile_templates.ts";
import { findProfile } from "../codex/profiles.ts";
import { addProfile } from "./add_profile.ts";
import { migrateProfile } from "./migrate_profile.ts";
import { type Finding, ok, problem, problemOf, warning } from "./finding.ts";

/** Checks that Codex has agentctl's profiles, and accepts them. */
export async function* checkProfiles(
  capabilities: CodexCapabilities,
  env: Record<string, string>,
): AsyncGenerator<Finding> {
  if (capabilities.profiles === "none") {
    return yield problem(
      "codex.profiles",
      `Codex ${capabilities.version} has no profiles`,
      "install a newer Codex",
    );
  }
  for (const name of TEMPLATE_NAMES) {
    const check = `codex.profile.${name}`;
    const found = await findProfile(env, name, capabilities);
    if (found.state === "found") {
      yield ok(check, `Profile "${name}" (${found.file})`);
    } else if (found.state === "broken") {
      const isTable = capabilities.profiles === "files" &&
        found.reason.includes(`[profiles.${name}] table`);
      yield isTable
        ? problem(
          check,
          found.reason.replace(/; move its settings .*$/, ""),
          'let "agentctl doctor --fix" move it',
          () => migrateProfile(name, env),
        )
        : problemOf(check, found.reason, "correct the file");
    } else {
      yield warning(
        check,
        `Profile "${name}" is missing`,
        'add it with "agentctl doctor --fix"',
        () => addProfile(name, capabilities, env),
      );
    }
  }
}
