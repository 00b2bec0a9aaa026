import { join } from "@std/path";
import { codexHome, readKeys } from "./profiles.ts";
import { type Layer, readLayers } from "./grants.ts";
import {
  type McpTransport,
  type PluginServer,
  readPluginServers,
} from "./plugin_servers.ts";
import { foldersWithSettings, type RunFolders } from "./settings_folders.ts";
import type { TomlKey, TomlValue } from "./toml_keys.ts";

/** An MCP server that Codex would start for a run. */
export interface McpServer {
  name: string;
  transport: McpTransport;
  /** The plugin that brings it; `null` for one of the settings. */
  plugin: string | null;
  /** Whether only the project's settings name it. They count only if the user trusts the project. */
  isProjects: boolean;
  isEnabled: boolean;
  /** What the settings say about calls of its tools; `null` if they leave it to the tools. */
  approvalMode: string | null;
  /** Whether the settings let any of its tools be called without approval. */
  isUsable: boolean;
}

/** The settings of the whole machine. */
const SYSTEM_SETTINGS = "/etc/codex/config.toml";

/**
 * The approval modes in which tools can be called although a worker asks nobody.
 * Without one, only those that call themselves harmless can, which they say only
 * once the server runs.
 */
const USABLE_MODES = ["approve", "writes"];

/**
 * The MCP servers that Codex would start for a run, sorted by name: those of the
 * user's settings and the profile, of the machine's, of plugins, and of the
 * projects around the folder. A file that cannot be read has none.
 */
export async function readMcpServers(
  env: Record<string, string>,
  profile: string | null,
  folders: RunFolders,
): Promise<McpServer[]> {
  const settings = await mergeSettings(env, profile, folders);
  const plugins = await readPluginServers(
    codexHome(env),
    (path) => settings.all.get(keyOf(path)),
  );
  const servers = new Map<string, McpServer>();
  for (const server of plugins) {
    servers.set(server.name, ofPlugin(server, settings));
  }
  // A server of the settings replaces one of a plugin.
  for (const name of settings.names) {
    servers.set(name, ofSettings(name, settings));
  }
  return [...servers.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

interface Settings {
  /** The value of each key in the strongest file that has it, by `keyOf()`. */
  all: Map<string, TomlValue | undefined>;
  /** The keys that do not only come from a project. */
  users: Set<string>;
  /** The names in `mcp_servers`. */
  names: Set<string>;
}

const TABLE = "mcp_servers";

async function mergeSettings(
  env: Record<string, string>,
  profile: string | null,
  folders: RunFolders,
): Promise<Settings> {
  const own = [
    ...await readLayers(env, profile),
    await readLayer(SYSTEM_SETTINGS),
  ];
  const projects = (await foldersWithSettings(folders))
    .map((folder) => join(folder, ".codex", "config.toml"))
    .filter((path) => !own.some(({ file }) => file === path));
  const layers = [...await Promise.all(projects.map(readLayer)), ...own];
  const settings: Settings = {
    all: new Map(),
    users: new Set(),
    names: new Set(),
  };
  for (const layer of layers.toReversed()) {
    const isProjects = projects.includes(layer.file);
    for (const { path, value } of keysOf(layer)) {
      const key = keyOf(path);
      settings.all.set(key, value);
      if (!isProjects) settings.users.add(key);
      const [table, name] = path;
      if (table === TABLE && name !== undefined) settings.names.add(name);
    }
  }
  return settings;
}

async function readLayer(file: string): Promise<Layer> {
  const keys = await readKeys(file);
  return { file, table: [], keys: Array.isArray(keys) ? keys : [] };
}

/** The keys of a layer, as if they were at the top of its file. */
function keysOf({ table, keys }: Layer): TomlKey[] {
  return keys
    .filter(({ path }) => table.every((part, index) => path[index] === part))
    .map((key) => ({ ...key, path: key.path.slice(table.length) }));
}

/** A path of keys, each of which may hold any character. */
function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

function ofSettings(name: string, settings: Settings): McpServer {
  const table = [TABLE, name];
  const has = (key: McpTransport, keys: Pick<Set<string>, "has">) =>
    keys.has(keyOf([...table, key]));
  const isUsers = has("url", settings.users) || has("command", settings.users);
  return {
    name,
    // A project that does not count must not turn a program into an address: Codex refuses both in one.
    transport: has("url", isUsers ? settings.users : settings.all)
      ? "url"
      : "command",
    plugin: null,
    isProjects: !isUsers,
    ...approvalOf(table, settings),
  };
}

function ofPlugin(
  { name, plugin, transport }: PluginServer,
  settings: Settings,
): McpServer {
  const table = ["plugins", plugin, TABLE, name];
  return {
    name,
    transport,
    plugin,
    isProjects: false,
    ...approvalOf(table, settings),
  };
}

/** What the settings say below the table of a server about whether it runs and may be called. */
function approvalOf(
  table: readonly string[],
  { all }: Settings,
): Pick<McpServer, "isEnabled" | "approvalMode" | "isUsable"> {
  const mode = all.get(keyOf([...table, "default_tools_approval_mode"]));
  // The default.
  const approvalMode = typeof mode === "string" && mode !== "auto"
    ? mode
    : null;
  const prefix = keyOf([...table, "tools"]).slice(0, -1);
  const hasUsableTool = [...all].some(([key, value]) =>
    key.startsWith(`${prefix},`) && key.endsWith(',"approval_mode"]') &&
    USABLE_MODES.includes(String(value))
  );
  return {
    isEnabled: all.get(keyOf([...table, "enabled"])) !== false,
    approvalMode,
    isUsable: USABLE_MODES.includes(approvalMode ?? "") || hasUsableTool,
  };
}
