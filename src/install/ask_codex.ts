import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { probeCodex } from "../codex/capabilities.ts";
import { askModels, type ModelChoice } from "../codex/models.ts";
import { codexHome } from "../codex/profiles.ts";
import { findCodex } from "../codex/program.ts";
import { ownWords } from "../codex/own_words.ts";
import { runCommand } from "../system/command.ts";
import { environmentError } from "../system/errors.ts";
import { type Installation, say } from "./installation.ts";

/** What the profiles depend on. */
export interface CodexAnswer {
  capabilities: Pick<CodexCapabilities, "profiles" | "version">;
  /** Empty names if Codex does not say. */
  models: ModelChoice;
}

/**
 * Asks the user's Codex which profiles it takes and which models it knows.
 * Without a Codex, answers for the current version. Throws an `environment` error with its
 * words if it does not run or cannot read its config.
 */
export async function askCodex(
  installation: Installation,
): Promise<CodexAnswer> {
  const { env } = installation;
  const program = await findCodex(env);
  if (program === null || program.kind === "stand-in") {
    say(
      "Codex is not on PATH: its profiles are written for the current Codex, and name no model.",
    );
    installation.todo.push("npm install -g @openai/codex", "codex login");
    return {
      capabilities: { profiles: "files", version: "" },
      models: { fast: "", strong: "", standard: "" },
    };
  }
  say("Asking Codex for its profiles and models …");
  // Codex leaves helper programs in its folder, but not in a temporary one:
  // asking it changes nothing.
  const quietly = { ...env, TMPDIR: codexHome(env) };
  const capabilities = await probeCodex(program, {
    env: quietly,
    cacheFile: null,
  });
  const models = await askModels(quietly);
  if (!await checkLogin(quietly)) {
    say("Codex is not logged in.");
    installation.todo.push("codex login");
  }
  return { capabilities, models };
}

/** Lets Codex itself read its config, and say whether it can work; throws with its words if it cannot read. */
async function checkLogin(env: Record<string, string>): Promise<boolean> {
  const { code, stderr } = await runCommand("codex", ["login", "status"], {
    env,
  });
  const words = ownWords(stderr);
  if (/error loading config/i.test(words)) {
    throw environmentError(
      `Cannot install profiles: ${words}; correct this and install again`,
    );
  }
  return code === 0 || !/not logged in/i.test(words) ||
    Boolean(env["CODEX_API_KEY"]);
}
