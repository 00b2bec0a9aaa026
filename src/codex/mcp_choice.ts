import { tomlString } from "./guard.ts";
import type { McpServer } from "./mcp_servers.ts";
import type { SandboxMode } from "./sandbox_modes.ts";

/** Which MCP servers Codex starts for a run. */
export interface McpChoice {
  /** Those that it starts, by name. */
  on: string[];
  /** Those that it would start and that are off for this run. */
  off: string[];
  /** Those that were named and do not exist. */
  missing: string[];
  /** The settings that bring this about. */
  settings: string[];
}

/** The word for all servers. */
export const ALL_SERVERS = "all";

/**
 * Chooses MCP servers: those that are `wanted` by name, or all, and without a wish
 * (`null`) those whose tools can be called without approval, because nobody is
 * there to give it. A program for each would otherwise run in vain, in every worker.
 */
export function chooseMcpServers(
  servers: readonly McpServer[],
  wanted: readonly string[] | null,
  sandbox: SandboxMode | null,
): McpChoice {
  const isOn = (server: McpServer) => {
    if (wanted === null) {
      return server.isEnabled &&
        // Without a sandbox Codex asks for no approval.
        (server.isUsable || sandbox === "danger-full-access");
    }
    return wanted.includes(server.name) ||
      wanted.includes(ALL_SERVERS) && server.isEnabled;
  };
  const on = servers.filter(isOn);
  const off = servers.filter((server) => server.isEnabled && !isOn(server));
  const permitted = wanted === null
    ? []
    : on.filter(({ isProjects }) => !isProjects);
  const permits = (of: string | null) =>
    permitted.filter(({ plugin }) => plugin === of)
      .flatMap((server): Entry[] => permit(server));
  const plugins = new Set(permitted.map(({ plugin }) => plugin));
  return {
    on: names(on),
    off: names(off),
    missing: missingServers(servers, wanted),
    settings: [
      ...setting("mcp_servers", [
        ...off.map((server): Entry => [server.name, stub(server)]),
        ...permits(null),
      ]),
      ...setting(
        "plugins",
        [...plugins].flatMap((plugin): Entry[] => {
          const [servers] = setting("mcp_servers", permits(plugin));
          return plugin === null || servers === undefined
            ? []
            : [[plugin, `{${servers}}`]];
        }),
      ),
      // The servers of ChatGPT's own apps.
      ...wanted?.length === 0 ? ["features.apps=false"] : [],
    ],
  };
}

/** The names that no server has. */
export function missingServers(
  servers: readonly McpServer[],
  wanted: readonly string[] | null,
): string[] {
  const known = [ALL_SERVERS, ...names(servers)];
  return (wanted ?? []).filter((name) => !known.includes(name));
}

function names(servers: readonly McpServer[]): string[] {
  return servers.map(({ name }) => name);
}

/**
 * A whole entry for a server that is off: Codex refuses one without a transport,
 * and so the run would fail if the settings lost the server meanwhile, or do not
 * count because the project is not trusted.
 */
function stub({ transport }: McpServer): string {
  return inlineTable([
    ["enabled", "false"],
    transport === "url" ? ["url", '"http://127.0.0.1"'] : ["command", '"true"'],
  ]);
}

/** The entry that lets a worker call the tools of a server that it was given, unless the settings already say something about that. */
function permit({ name, isEnabled, approvalMode }: McpServer): Entry[] {
  const keys: Entry[] = [
    ...isEnabled ? [] : [["enabled", "true"]] as Entry[],
    ...approvalMode === null
      ? [["default_tools_approval_mode", '"approve"']] as Entry[]
      : [],
  ];
  return keys.length === 0 ? [] : [[name, inlineTable(keys)]];
}

/** A key and its value in TOML. */
type Entry = [key: string, value: string];

/**
 * A setting with all entries of a table; none without entries. It has to be an
 * inline table: Codex takes every dot in a key as a separator, even in quotes.
 */
function setting(name: string, entries: readonly Entry[]): string[] {
  return entries.length === 0 ? [] : [`${name}=${inlineTable(entries)}`];
}

function inlineTable(entries: readonly Entry[]): string {
  const pairs = entries.map(([key, value]) => `${tomlString(key)}=${value}`);
  return `{${pairs.join(",")}}`;
}
