import { lookUp, readLayers } from "./grants.ts";

/** The variable that holds the key of the model's provider. */
export interface KeyVariable {
  provider: string;
  variable: string;
}

/** The variable without which Codex asks the provider of a profile nothing; `null` if there is none. */
export async function keyVariable(
  env: Record<string, string>,
  profile: string | null,
): Promise<KeyVariable | null> {
  const layers = await readLayers(env, profile);
  const provider = lookUp(layers, ["model_provider"])?.value;
  if (typeof provider !== "string") return null;
  const path = ["model_providers", provider, "env_key"];
  const variable = lookUp(layers, path)?.value;
  return typeof variable === "string" && variable !== ""
    ? { provider, variable }
    : null;
}
