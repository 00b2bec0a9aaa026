import { join } from "@std/path";
import { apiError, type Ending, type EndingFolders } from "./ending.ts";

/** A login with ChatGPT whose access token expired long ago; nobody signed these tokens. */
async function writeExpiredLogin({ codexHome }: EndingFolders): Promise<void> {
  const part = (value: object) =>
    btoa(JSON.stringify(value)).replaceAll("=", "")
      .replaceAll("+", "-").replaceAll("/", "_");
  const token = [
    part({ alg: "none", typ: "JWT" }),
    part({
      email: "test@example.com",
      exp: 1600000000,
      "https://api.openai.com/auth": {
        chatgpt_plan_type: "plus",
        chatgpt_account_id: "account",
        chatgpt_user_id: "user",
      },
    }),
    btoa("none").replaceAll("=", ""),
  ].join(".");
  await Deno.writeTextFile(
    join(codexHome, "auth.json"),
    JSON.stringify({
      auth_mode: "chatgpt",
      OPENAI_API_KEY: null,
      tokens: {
        id_token: token,
        access_token: token,
        refresh_token: "expired",
        account_id: "account",
      },
      last_refresh: "2020-01-01T00:00:00Z",
    }),
  );
}

/** The server cannot be reached. */
export const NETWORK_ENDINGS: Ending[] = [
  {
    name: "reset_before_headers",
    how: "The connection is reset before an answer begins",
    server: "resets",
  },
  {
    name: "connection_refused",
    how: "Nothing listens at the model's address",
    baseUrl: "http://127.0.0.1:9/v1",
  },
  {
    name: "dns_failure",
    how: "The host of the model has no address",
    baseUrl: "http://model.invalid/v1",
  },
  {
    name: "tls_failure",
    how: "The server does not speak TLS",
    server: () => new Response("no TLS here"),
    baseUrl: "https://127.0.0.1:PORT/v1",
  },
  {
    name: "proxy_refused",
    how: "HTTP_PROXY names a proxy that does not exist",
    baseUrl: "http://model.example/v1",
    env: () => ({ HTTP_PROXY: "http://127.0.0.1:9", NO_PROXY: "" }),
  },
];

/** Nobody is logged in as the server wants. */
export const LOGIN_ENDINGS: Ending[] = [
  {
    name: "missing_env_key",
    how:
      "The variable that `env_key` of the provider names is not set, and `env_key_instructions` says what to do",
    provider:
      'env_key = "MODEL_KEY"\nenv_key_instructions = "Ask the administrator for a key."\n',
  },
  {
    name: "missing_env_key_bare",
    how:
      "The variable that `env_key` of the provider names is not set, and the provider gives no instructions",
    provider: 'env_key = "MODEL_KEY"\n',
  },
  {
    name: "not_logged_in",
    how: "Nobody is logged in, and the server wants a login",
    provider: "requires_openai_auth = true\n",
    answers: apiError(401, {
      message: "Missing bearer or basic authentication in header",
      type: "invalid_request_error",
      param: null,
      code: null,
    }),
  },
  {
    name: "refresh_token_expired",
    how: "The login with ChatGPT has expired and cannot be renewed",
    provider: "requires_openai_auth = true\n",
    server: (request) =>
      request.url.endsWith("/oauth/token")
        ? Response.json({ error: { code: "refresh_token_expired" } }, {
          status: 401,
        })
        : Response.json({ error: { message: "Token expired" } }, {
          status: 401,
        }),
    prepare: writeExpiredLogin,
    env: (url) => ({ CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${url}/oauth/token` }),
  },
  {
    name: "damaged_login",
    how: "`auth.json` does not parse, and the server wants a login",
    provider: "requires_openai_auth = true\n",
    prepare: ({ codexHome }) =>
      Deno.writeTextFile(join(codexHome, "auth.json"), "{"),
    answers: apiError(401, {
      message: "Missing bearer or basic authentication in header",
    }),
  },
  {
    name: "forced_login_method",
    how: "The configuration demands another kind of login",
    settings: 'forced_login_method = "api"\n',
    provider: "requires_openai_auth = true\n",
    prepare: writeExpiredLogin,
  },
];

/** The configuration of Codex is wrong. */
export const CONFIG_ENDINGS: Ending[] = [
  {
    name: "unknown_provider",
    how: "`model_provider` names a provider that does not exist",
    config: () => 'model_provider = "nosuch"\n',
  },
  {
    name: "bad_toml",
    how: "`config.toml` does not parse",
    config: () => "model = [\n",
  },
  {
    name: "bad_toml_profile",
    how: "The profile's file does not parse",
    prepare: ({ codexHome }) =>
      Deno.writeTextFile(join(codexHome, "spark.config.toml"), "model =\n"),
  },
  {
    name: "bad_value",
    how: "A key of the profile has a value that Codex does not know",
    prepare: ({ codexHome }) =>
      Deno.writeTextFile(
        join(codexHome, "spark.config.toml"),
        'sandbox_mode = "loose"\n',
      ),
  },
  {
    name: "unknown_key_strict",
    how: "An unknown key with `--strict-config`",
    settings: "no_such_key = 1\n",
    argv: (argv) => ["exec", "--strict-config", ...argv.slice(1)],
  },
  {
    name: "unknown_wire_api",
    how: "`wire_api` of the provider is unknown",
    config: (url) =>
      `model_provider = "stub"\n[model_providers.stub]\nname = "Stub"\nbase_url = "${url}/v1"\nwire_api = "telegraph"\n`,
  },
  {
    name: "wire_api_chat",
    how: "`wire_api` of the provider is `chat`, which Codex no longer has",
    config: (url) =>
      `model_provider = "stub"\n[model_providers.stub]\nname = "Stub"\nbase_url = "${url}/v1"\nwire_api = "chat"\n`,
  },
  {
    name: "reserved_provider",
    how: "The configuration redefines a built-in provider",
    tables: '[model_providers.openai]\nname = "Mine"\n',
  },
  {
    name: "legacy_profile_table",
    how: "`config.toml` still has a table `[profiles.spark]`",
    tables: '[profiles.spark]\nmodel = "gpt-5.5"\n',
  },
  {
    name: "legacy_profile_key",
    how: '`config.toml` still has `profile = "spark"`',
    settings: 'profile = "spark"\n',
  },
  {
    name: "legacy_profile_key_without_flag",
    how:
      '`config.toml` still has `profile = "spark"`, and no profile is requested',
    settings: 'profile = "spark"\n',
    request: { profile: null },
  },
  {
    name: "bad_profile_name",
    how: "The name of the profile is not a plain name",
    argv: (argv) => argv.map((word) => word === "spark" ? "../spark" : word),
  },
  {
    name: "missing_codex_home",
    how: "CODEX_HOME names a folder that does not exist",
    env: () => ({ CODEX_HOME: "/nonexistent" }),
  },
  {
    name: "required_mcp_server",
    how: "An MCP server that the configuration calls required does not start",
    tables:
      '[mcp_servers.tracker]\ncommand = "/nonexistent/tracker"\nrequired = true\n',
  },
];
