import { parse as parseJsonc } from "@std/jsonc";
import { join } from "@std/path";
import { closestString } from "@std/text";
import * as z from "zod/mini";
import template from "../../config/config.jsonc" with { type: "text" };
import { environmentError, messageOf } from "../system/errors.ts";
import { once } from "../system/once.ts";

/** The commented `config.jsonc` that `init` writes; its values are the defaults. */
export const CONFIG_TEMPLATE: string = template;

const configSchema = once(() =>
  z.object({
    tmux_session: z.string().check(
      z.regex(/^[A-Za-z0-9_-]{1,64}$/, "must be letters, digits, - and _"),
    ),
    tmux_socket: z.nullable(z.string().check(z.minLength(1))),
    tmux_notify_target: z.nullable(z.string()),
    tmux_sendkeys_target: z.nullable(z.string().check(z.minLength(1))),
    notify_desktop: z.boolean(),
    on_finish: z.nullable(z.string()),
    default_profile: z.nullable(z.string()),
    default_sandbox: z.enum([
      "read-only",
      "workspace-write",
      "danger-full-access",
    ]),
    default_timeout: z.nullable(z.union([z.string(), z.number()])),
    default_idle_timeout: z.nullable(z.union([z.string(), z.number()])),
    worktree_folder: z.nullable(
      z.string().check(
        z.regex(/^~?\//, "must be an absolute path, or begin with ~/"),
      ),
    ),
    env_passthrough: z.array(
      z.string().check(
        z.regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, "must be names of variables"),
      ),
    ),
    max_parallel: parallel(),
    max_parallel_by_profile: z.record(z.string(), parallel()),
    escalate: z.record(z.string(), z.array(z.string().check(z.minLength(1)))),
    max_attempts: z.int().check(
      z.minimum(1, "must be 1 or more"),
      z.maximum(100, "must be 100 or less"),
    ),
  })
);

/** How many workers may work at once. */
function parallel() {
  return z.int().check(
    z.minimum(1, "must be 1 or more"),
    z.maximum(1_000, "must be 1000 or less"),
  );
}

/** The settings of a workspace; what each means stands in `config/config.jsonc`. */
export type Config = z.infer<ReturnType<typeof configSchema>>;

export const DEFAULT_CONFIG: Config = {
  tmux_session: "ai",
  tmux_socket: null,
  tmux_notify_target: null,
  tmux_sendkeys_target: null,
  notify_desktop: false,
  on_finish: null,
  default_profile: null,
  default_sandbox: "workspace-write",
  default_timeout: null,
  default_idle_timeout: "30m",
  worktree_folder: null,
  env_passthrough: [],
  max_parallel: 10,
  max_parallel_by_profile: {},
  escalate: {},
  max_attempts: 5,
};

/**
 * Reads `config.jsonc`, else `config.json` (the earlier tool's name), else
 * gives the defaults. Throws an `environment` error that names the file and
 * the key if it does not parse or a key or value is wrong.
 */
export async function loadConfig(root: string): Promise<Config> {
  for (const name of ["config.jsonc", "config.json"]) {
    const path = join(root, name);
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw environmentError(
        `Cannot read "${path}": ${messageOf(error)}`,
        error,
      );
    }
    return parseConfig(text, path);
  }
  return DEFAULT_CONFIG;
}

/** Checks the text of a config file; `path` is for messages only. */
export function parseConfig(text: string, path: string): Config {
  let value: unknown;
  try {
    value = parseJsonc(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw environmentError(`Cannot read "${path}": ${messageOf(error)}`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw environmentError(
      `Cannot read "${path}": it must hold an object, such as {"tmux_session": "ai"}`,
    );
  }
  const known = Object.keys(DEFAULT_CONFIG);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    throw environmentError(
      `Cannot read "${path}": key "${key}" is unknown; did you mean "${
        closestString(key, known)
      }"`,
    );
  }
  const result = configSchema().safeParse({ ...DEFAULT_CONFIG, ...value });
  if (!result.success) {
    const issue = result.error.issues[0];
    const key = issue?.path.join(".") ?? "";
    throw environmentError(
      `Cannot read "${path}": value of "${key}" is wrong: ${issue?.message}`,
    );
  }
  return result.data;
}
