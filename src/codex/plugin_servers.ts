import { dirname, join } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { entriesIn } from "../files/entries_in.ts";
import { readJson } from "../files/read_json.ts";
import { insteadOfAbsent } from "../system/ignore.ts";
import { once } from "../system/once.ts";
import type { TomlValue } from "./toml_keys.ts";

/** Whether an MCP server is a program or an address, as its settings call it. */
export type McpTransport = "command" | "url";

/** An MCP server that a plugin of Codex brings. */
export interface PluginServer {
  name: string;
  transport: McpTransport;
  /** The name of the plugin in the settings, such as `docs@market`. */
  plugin: string;
}

const serversSchema = once(() =>
  z.record(z.string(), z.looseObject({ url: z.optional(z.unknown()) }))
);

type Servers = z.infer<ReturnType<typeof serversSchema>>;

/** A key that holds the servers, or names the file that does. */
const manifestSchema = once(() =>
  z.object({ mcpServers: z.union([z.string(), serversSchema()]) })
);

const MANIFESTS = [".codex-plugin/plugin.json", ".claude-plugin/plugin.json"];

/**
 * The MCP servers of the plugins that are installed below Codex's folder and that
 * the settings do not turn off.
 */
export async function readPluginServers(
  codexHome: string,
  setting: (path: string[]) => TomlValue | undefined,
): Promise<PluginServer[]> {
  if (setting(["features", "plugins"]) === false) return [];
  const cache = join(codexHome, "plugins", "cache");
  const found: PluginServer[] = [];
  for (const market of await foldersIn(cache)) {
    for (const name of await foldersIn(join(cache, market))) {
      const plugin = `${name}@${market}`;
      if (setting(["plugins", plugin, "enabled"]) === false) continue;
      for (const version of await foldersIn(join(cache, market, name))) {
        const servers = await serversOf(join(cache, market, name, version));
        found.push(...servers.map((server) => ({ ...server, plugin })));
      }
    }
  }
  return found;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await entriesIn(folder).catch(
    insteadOfAbsent([], "plugins that cannot be read have no servers"),
  );
  return entries.filter(({ isFile }) => !isFile).map(({ name }) => name).sort();
}

async function serversOf(
  folder: string,
): Promise<Omit<PluginServer, "plugin">[]> {
  const found = new Map<string, McpTransport>();
  const files = [...MANIFESTS, ".mcp.json"].map((path) => join(folder, path));
  for (const file of files) {
    const servers = await serversIn(file);
    if (typeof servers === "string") {
      for (const place of [folder, dirname(file)]) {
        const path = join(place, servers);
        if (!files.includes(path)) files.push(path);
      }
      continue;
    }
    for (const [name, { url }] of Object.entries(servers)) {
      found.set(name, url === undefined ? "command" : "url");
    }
  }
  return [...found].map(([name, transport]) => ({ name, transport }));
}

/** The servers that a file lists, or the file that it names for them. */
async function serversIn(file: string): Promise<Servers | string> {
  const bounds = { maxBytes: MAX_BYTES.settings, followLink: true };
  const manifest = await readJson(file, manifestSchema, bounds);
  if (manifest !== null) return manifest.mcpServers;
  // In a file of their own they need no key.
  return MANIFESTS.some((name) => file.endsWith(name))
    ? {}
    : await readJson(file, serversSchema, bounds) ?? {};
}
