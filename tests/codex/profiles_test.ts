import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import {
  codexHome,
  findProfile,
  listProfiles,
  type ProfileState,
} from "../../src/codex/profiles.ts";
import { AgentctlError } from "../../src/system/errors.ts";

const FILES = { profiles: "files" } as const;
const TABLES = { profiles: "tables" } as const;

async function withHome(
  files: Record<string, string>,
  action: (env: Record<string, string>, home: string) => Promise<void>,
) {
  const home = await Deno.makeTempDir({ prefix: "agentctl-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(home, name), text);
    }
    await action({ CODEX_HOME: home, HOME: "/nonexistent" }, home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function assertBroken(state: ProfileState, ...words: string[]) {
  assert(state.state === "broken", JSON.stringify(state));
  for (const word of words) assert(state.reason.includes(word), state.reason);
}

Deno.test("codexHome() takes CODEX_HOME before HOME", () => {
  assertEquals(codexHome({ CODEX_HOME: "/c", HOME: "/h" }), "/c");
  assertEquals(codexHome({ CODEX_HOME: "", HOME: "/h" }), "/h/.codex");
  assertThrows(() => codexHome({}), AgentctlError, "CODEX_HOME");
});

Deno.test("findProfile() finds the file of a profile", async () => {
  const text = 'model = "m"\n[table]\nsandbox_mode = "no"\n';
  await withHome({ "spark.config.toml": text }, async (env, home) => {
    assertEquals(await findProfile(env, "spark", FILES), {
      state: "found",
      file: join(home, "spark.config.toml"),
      settings: { model: "m", sandbox_mode: undefined },
    });
  });
});

Deno.test("findProfile() says which profiles there are instead of a missing one", async () => {
  const files = {
    "config.toml": "[profiles.old]\nmodel = 'x'\n",
    "b.config.toml": "",
    "a.config.toml": "",
    ".config.toml": "",
    "not a word.config.toml": "",
  };
  await withHome(files, async (env) => {
    assertEquals(await findProfile(env, "spark", FILES), {
      state: "missing",
      available: ["a", "b"],
    });
    assertEquals(await listProfiles(env, FILES), ["a", "b"]);
  });
});

Deno.test("findProfile() bears a folder that does not exist", async () => {
  const env = { CODEX_HOME: "/nonexistent/codex" };
  const missing: ProfileState = { state: "missing", available: [] };
  assertEquals(await findProfile(env, "spark", FILES), missing);
  assertEquals(await findProfile(env, "spark", TABLES), missing);
});

Deno.test("findProfile() calls a profile broken that a legacy table shadows", async () => {
  const tables = [
    "[profiles.spark]\nmodel = 'x'\n",
    "[profiles.spark.features]\nx = true\n",
    "profiles.spark.model = 'x'\n",
    "profiles = { spark = { model = 'x' } }\n",
    '["profiles"."spark"]\n',
  ];
  for (const table of tables) {
    const files = { "config.toml": table, "spark.config.toml": "" };
    await withHome(files, async (env) => {
      assertBroken(
        await findProfile(env, "spark", FILES),
        "[profiles.spark]",
        "spark.config.toml",
      );
    });
  }
});

Deno.test("findProfile() does not take text for a table", async () => {
  const config = `# [profiles.spark]
notes = """
[profiles.spark]
profile = "spark"
"""
[other]
profile = "spark"
[profiles.deep]
`;
  const files = { "config.toml": config, "spark.config.toml": "" };
  await withHome(files, async (env) => {
    assertEquals((await findProfile(env, "spark", FILES)).state, "found");
    assertEquals((await findProfile(env, "spark", TABLES)).state, "missing");
  });
});

Deno.test("findProfile() calls everything broken when config.toml selects a profile", async () => {
  for (const selected of ['"other"', '"spark"', '""']) {
    const files = {
      "config.toml": `profile = ${selected}\n`,
      "spark.config.toml": "",
    };
    await withHome(files, async (env) => {
      assertBroken(
        await findProfile(env, "spark", FILES),
        `profile = ${selected}`,
      );
    });
  }
});

Deno.test("findProfile() calls a profile broken whose files cannot be read", async () => {
  await withHome(
    { "config.toml": "x = [\n", "spark.config.toml": "" },
    async (env) => {
      assertBroken(
        await findProfile(env, "spark", FILES),
        "config.toml",
        "line 2",
      );
    },
  );
  await withHome({ "spark.config.toml": "model = \n" }, async (env) => {
    assertBroken(
      await findProfile(env, "spark", FILES),
      "spark.config.toml",
      "line 1",
    );
  });
  await withHome({}, async (env, home) => {
    await Deno.mkdir(join(home, "spark.config.toml"));
    assertBroken(await findProfile(env, "spark", FILES), "spark.config.toml");
  });
});

Deno.test("findProfile() knows only tables of an older Codex", async () => {
  const files = {
    "config.toml":
      'profile = "deep"\n[profiles.deep]\nsandbox_mode = "read-only"\n[profiles.a]\nmodel = "a"\n',
    "spark.config.toml": "",
  };
  await withHome(files, async (env, home) => {
    assertEquals(await findProfile(env, "deep", TABLES), {
      state: "found",
      file: join(home, "config.toml"),
      settings: { model: undefined, sandbox_mode: "read-only" },
    });
    assertEquals(await findProfile(env, "spark", TABLES), {
      state: "missing",
      available: ["a", "deep"],
    });
    assertEquals(await listProfiles(env, TABLES), ["a", "deep"]);
    assertEquals(await listProfiles(env, { profiles: "none" }), []);
  });
});

Deno.test("findProfile() refuses a name that is not a plain word", async () => {
  const names = [
    "",
    "../x",
    "a/b",
    "a\nb",
    "a b",
    "-x",
    "a.b",
    "é",
    "x".repeat(65),
  ];
  for (const name of names) {
    const error = await assertRejects(
      () => findProfile({ HOME: "/h" }, name, FILES),
      AgentctlError,
      "plain word",
    );
    assertEquals(error.code, "usage");
    assert(!error.message.includes("\n"));
  }
  const longest = await findProfile(
    { HOME: "/nonexistent" },
    "x".repeat(64),
    FILES,
  );
  assertEquals(longest.state, "missing");
});
