import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { planProfiles } from "../../src/codex/profile_plan.ts";
import {
  profileText,
  TEMPLATE_NAMES,
} from "../../src/codex/profile_templates.ts";
import { tomlKeys } from "../../src/codex/toml_keys.ts";
import { AgentctlError } from "../../src/system/errors.ts";

const FILES = { profiles: "files", version: "0.169.0" } as const;
const TABLES = { profiles: "tables", version: "0.128.0" } as const;
const MODELS = { fast: "model-f", strong: "model-s", standard: "model-d" };

async function withHome(
  files: Record<string, string>,
  action: (env: Record<string, string>, home: string) => Promise<void>,
) {
  const home = await Deno.makeTempDir({ prefix: "agentctl-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(home, name), text);
    }
    await action({ CODEX_HOME: home }, home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("profileText() fills in the model of each profile", () => {
  const models = TEMPLATE_NAMES.map((name) => {
    const keys = tomlKeys(profileText(name, "files", MODELS));
    return keys.find(({ path }) => path.join() === "model")?.value;
  });
  assertEquals(models, ["model-f", "model-s", "model-d"]);
});

Deno.test("profileText() leaves the model to Codex if none is known", () => {
  const none = { fast: "", strong: "", standard: "" };
  for (const name of TEMPLATE_NAMES) {
    for (const form of ["files", "tables"] as const) {
      const text = profileText(name, form, none);
      assert(!text.includes("{{"), text);
      assert(!tomlKeys(text).some(({ path }) => path.at(-1) === "model"));
    }
  }
});

Deno.test("profileText() puts all keys of the older form into the table of the profile", () => {
  for (const name of TEMPLATE_NAMES) {
    for (const { path } of tomlKeys(profileText(name, "tables", MODELS))) {
      assertEquals(path.slice(0, 2), ["profiles", name]);
    }
  }
});

Deno.test("planProfiles() writes files and leaves those that are there", async () => {
  await withHome(
    { "deep.config.toml": "model = 'mine'\n" },
    async (env, home) => {
      const steps = await planProfiles(env, FILES, MODELS);
      assertEquals(
        steps.map((
          step,
        ) => [step.name, step.action, "file" in step && step.file]),
        [
          ["spark", "write", join(home, "spark.config.toml")],
          ["deep", "keep", join(home, "deep.config.toml")],
          ["review", "write", join(home, "review.config.toml")],
        ],
      );
    },
  );
});

Deno.test("planProfiles() leaves out a profile that a legacy table shadows", async () => {
  await withHome({ "config.toml": "[profiles.spark]\n" }, async (env) => {
    const steps = await planProfiles(env, FILES, MODELS);
    assertEquals(steps.map(({ action }) => action), ["skip", "write", "write"]);
  });
});

Deno.test("planProfiles() appends tables for an older Codex", async () => {
  const config = 'profile = "spark"\n[profiles.spark]\n';
  await withHome({ "config.toml": config }, async (env, home) => {
    const steps = await planProfiles(env, TABLES, MODELS);
    assertEquals(steps.map(({ action }) => action), [
      "keep",
      "append",
      "append",
    ]);
    assertEquals(
      "file" in steps[1]! && steps[1].file,
      join(home, "config.toml"),
    );
  });
});

Deno.test("planProfiles() refuses a config that Codex would refuse", async () => {
  for (const config of ["x = [\n", 'profile = "x"\n']) {
    await withHome({ "config.toml": config }, async (env) => {
      const error = await assertRejects(
        () => planProfiles(env, FILES, MODELS),
        AgentctlError,
        "config.toml",
      );
      assertEquals(error.code, "environment");
    });
  }
});
