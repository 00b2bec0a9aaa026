import { dirname, join } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES, readTextIfThere } from "../../files/bounded_read.ts";
import { entriesIn } from "../../files/entries_in.ts";
import { instead } from "../../system/ignore.ts";
import { once } from "../../system/once.ts";
import { parseJson } from "../../text/parse_json.ts";
import { pluginFolder } from "./plugin.ts";

/** What agentctl wants to know of settings of Claude Code. */
const settingsSchema = once(() =>
  z.object({
    statusLine: z.optional(z.unknown()),
    sandbox: z.optional(
      z.object({ enabled: z.optional(z.boolean()) }),
    ),
  })
);

/** A file of settings; `null` for one that cannot be understood. */
type Settings = z.infer<ReturnType<typeof settingsSchema>> | null;

/** Where an organization puts its settings (2.1.332). */
const MANAGED_FOLDER = Deno.build.os === "darwin"
  ? "/Library/Application Support/ClaudeCode"
  : "/etc/claude-code";

/** The settings of Claude Code that count in a folder: those of the organization, the folder, and the user. */
export interface ClaudeSettings {
  /** Whether its Bash tool runs commands in a sandbox. */
  hasSandbox: boolean;
  /** Whether there may be a status line already. */
  hasStatusLine: boolean;
}

/** Reads the settings of Claude Code for sessions in a folder. Throws an `environment` error without HOME. */
export async function readClaudeSettings(
  env: Record<string, string>,
  folder: string,
): Promise<ClaudeSettings> {
  const home = dirname(dirname(pluginFolder(env)));
  const dropIns = join(MANAGED_FOLDER, "managed-settings.d");
  const extra = (await entriesIn(dropIns).catch(
    instead([], "settings that cannot be read are not counted"),
  )).map(({ name }) => name).filter((name) => name.endsWith(".json")).sort();
  // The strongest first.
  const paths = [
    ...extra.reverse().map((name) => join(dropIns, name)),
    join(MANAGED_FOLDER, "managed-settings.json"),
    join(folder, ".claude", "settings.local.json"),
    join(folder, ".claude", "settings.json"),
    join(home, "settings.json"),
  ];
  const found = (await Promise.all(paths.map(readSettings)))
    .filter((settings) => settings !== undefined);
  return {
    hasSandbox: found.map((settings) => settings?.sandbox?.enabled)
      .find((enabled) => enabled !== undefined) ?? false,
    hasStatusLine: found.some((settings) =>
      settings === null || settings.statusLine !== undefined
    ),
  };
}

/** `undefined` if there is no such file. */
async function readSettings(path: string): Promise<Settings | undefined> {
  const bounds = { maxBytes: MAX_BYTES.settings, followLink: true };
  const text = await readTextIfThere(path, bounds).catch(
    instead("", "settings that cannot be read are not understood"),
  );
  return text === null ? undefined : parseJson(text, settingsSchema);
}
