import * as z from "zod/mini";
import { join } from "@std/path";
import { sha256Hex } from "../files/digest.ts";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { readJson } from "../files/read_json.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { lookUp, readLayers } from "./grants.ts";
import { codexHome } from "./profiles.ts";

/** Whose limits a worker uses up. */
export interface CodexAccount {
  /** A digest of Codex's folder, the provider and the login. */
  key: string;
  /** The folder of Codex, links resolved. */
  home: string;
}

const loginSchema = () =>
  z.object({
    tokens: z.catch(
      z.optional(z.object({ account_id: z.catch(z.string(), "") })),
      undefined,
    ),
    OPENAI_API_KEY: z.catch(z.optional(z.string()), undefined),
  });

/**
 * The account that Codex uses with this environment and profile. Another login in the
 * same folder is another account; a login that is merely renewed is not. Throws an
 * `environment` error if neither CODEX_HOME nor HOME is set.
 */
export async function codexAccount(
  env: Record<string, string>,
  profile: string | null,
): Promise<CodexAccount> {
  const home = await realPathSoFar(codexHome(env));
  const [layers, login] = await Promise.all([
    readLayers(env, profile),
    readJson(join(home, "auth.json"), loginSchema, {
      maxBytes: MAX_BYTES.settings,
      followLink: true,
    }),
  ]);
  const words = [
    home,
    String(lookUp(layers, ["model_provider"])?.value ?? "openai"),
    env["CODEX_API_KEY"] || login?.tokens?.account_id ||
    login?.OPENAI_API_KEY || "",
  ];
  return { key: (await sha256Hex(words.join("\0"))).slice(0, 16), home };
}
