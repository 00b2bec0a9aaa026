import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { codexAccount } from "../../src/codex/account.ts";

Deno.test("codexAccount() tells folders, logins and providers apart, and not renewed logins", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const [home, other] = [join(dir, "home"), join(dir, "other")];
    await Deno.mkdir(home);
    await Deno.mkdir(other);
    await Deno.symlink(home, join(dir, "link"));
    const env = { CODEX_HOME: home };
    const keyOf = async (env: Record<string, string>, profile?: string) =>
      (await codexAccount(env, profile ?? null)).key;
    const logIn = (login: unknown) =>
      Deno.writeTextFile(join(home, "auth.json"), JSON.stringify(login));

    const nobody = await keyOf(env);
    assertMatch(nobody, /^[0-9a-f]{16}$/);
    await Deno.writeTextFile(join(home, "auth.json"), "no JSON");
    assertEquals(await keyOf(env), nobody);
    await logIn({ tokens: { account_id: "me", access_token: "1" } });
    const mine = await keyOf(env);
    await logIn({ tokens: { account_id: "me", access_token: "2" } });
    assertEquals(await keyOf(env), mine);
    assertEquals(await keyOf({ CODEX_HOME: join(dir, "link") }), mine);
    assertEquals(await keyOf(env, "deep"), mine);

    await Deno.writeTextFile(
      join(home, "local.config.toml"),
      'model_provider = "ollama"\n',
    );
    const keys = [
      nobody,
      mine,
      await keyOf({ CODEX_HOME: other }),
      await keyOf(env, "local"),
      await keyOf({ ...env, CODEX_API_KEY: "sk-1" }),
    ];
    await logIn({ tokens: { account_id: "you" } });
    keys.push(await keyOf(env));
    await logIn({ OPENAI_API_KEY: "sk-2", tokens: null });
    keys.push(await keyOf(env));
    assertEquals(new Set(keys).size, keys.length);
    const { home: shown } = await codexAccount(env, null);
    assertEquals(shown, await Deno.realPath(home));
    assertNotEquals(shown, "");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
