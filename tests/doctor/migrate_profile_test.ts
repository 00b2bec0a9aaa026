import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  migrateProfile,
  splitProfile,
} from "../../src/doctor/migrate_profile.ts";

const CONFIG = `model = "gpt-5.5" # mine

[profiles.spark]
model_reasoning_effort = "low"

[profiles.spark.features]
plugins = false

[profiles.deep]
model_reasoning_effort = "high"

[mcp_servers.x]
command = "x"
`;

Deno.test("splitProfile() takes a profile with its tables out and leaves all else", () => {
  assertEquals(splitProfile(CONFIG, "spark"), {
    profile: `model_reasoning_effort = "low"

[features]
plugins = false
`,
    config: `model = "gpt-5.5" # mine

[profiles.deep]
model_reasoning_effort = "high"

[mcp_servers.x]
command = "x"
`,
  });
});

Deno.test("splitProfile() refuses what is not plain", () => {
  for (
    const text of [
      `profiles.spark.model = "a"\n`,
      `[profiles]\nspark = { model = "a" }\n`,
      `[profiles."spark"]\nmodel = "a"\n`,
      `note = """\n[profiles.spark]\nmodel = "a"\n"""\n[profiles.spark]\nmodel = "b"\n`,
    ]
  ) assertEquals(splitProfile(text, "spark"), null, text);
});

Deno.test("migrateProfile() moves the table to a file and keeps the old config", async () => {
  const home = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(home, "config.toml"), CONFIG);
    await migrateProfile("spark", { CODEX_HOME: home });
    const read = (name: string) => Deno.readTextFile(join(home, name));
    assertEquals(await read("config.toml.before-agentctl-spark"), CONFIG);
    assertEquals(
      await read("spark.config.toml"),
      splitProfile(CONFIG, "spark")?.profile,
    );
    assertEquals(
      await read("config.toml"),
      splitProfile(CONFIG, "spark")?.config,
    );
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
