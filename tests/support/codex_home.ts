import { ensureDir } from "@std/fs";
import { join } from "@std/path";

export interface CodexHomeOptions {
  /** Keys of `config.toml` that go before its first table. */
  settings?: string;
  /** Tables that go to the end of `config.toml`. */
  tables?: string;
  /** More profile files by name, or other contents for the usual ones. */
  profiles?: Record<string, string>;
}

/** The profiles of every Codex home of the tests; effort and verbosity tell them apart in a request. */
export const TEST_PROFILES: Record<string, string> = {
  spark: `model_reasoning_effort = "low"
model_verbosity = "low"
`,
  deep: `model_reasoning_effort = "xhigh"
model_verbosity = "high"
`,
  review: `model_reasoning_effort = "high"
model_verbosity = "medium"
sandbox_mode = "read-only"
`,
};

/**
 * Writes a `CODEX_HOME` into `dir`, so that Codex talks to the model server at
 * `modelServerUrl` and to nothing else. Returns `dir`.
 */
export async function makeCodexHome(
  dir: string,
  modelServerUrl: string,
  options: CodexHomeOptions = {},
): Promise<string> {
  await ensureDir(dir);
  const profiles = { ...TEST_PROFILES, ...options.profiles };
  await Promise.all([
    Deno.writeTextFile(
      join(dir, "config.toml"),
      configToml(modelServerUrl, options),
    ),
    ...Object.entries(profiles).map(([name, text]) =>
      Deno.writeTextFile(join(dir, `${name}.config.toml`), text)
    ),
  ]);
  return dir;
}

/** With analytics, update check, plugins and apps on, Codex 0.169 asks hosts of its own at every start. */
function configToml(modelServerUrl: string, options: CodexHomeOptions): string {
  return `model = "gpt-5.5"
model_reasoning_effort = "medium"
model_provider = "stub"
check_for_update_on_startup = false
${options.settings ?? ""}

[model_providers.stub]
name = "Stub"
base_url = "${modelServerUrl}/v1"
wire_api = "responses"
requires_openai_auth = false

[analytics]
enabled = false

[features]
unbounded_connection_retries = false
plugins = false
apps = false

${options.tables ?? ""}
`;
}
