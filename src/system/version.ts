import config from "../../deno.json" with { type: "json" };

/** The version of agentctl; `deno.json` holds it. */
export const VERSION: string = config.version;
